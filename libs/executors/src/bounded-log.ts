/** Bytes that are kept of the beginning and of the end. */
const headLimit = 64 * 1024;
const tailLimit = 192 * 1024;

/** Keeps the beginning and the end of what an attempt says, however much that is. */
export type BoundedLog = {
  write(chunk: Uint8Array): void;
  /** With a line that says how much is left out; it may end within a character. */
  bytes(): Buffer;
  /** Decoded. */
  text(): string;
};

/** An empty log. */
export const createBoundedLog = (): BoundedLog => {
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let dropped = 0;
  const bytes = (): Buffer => {
    const excess = Math.max(0, tail.length - tailLimit);
    const left = dropped + excess;
    const end = tail.subarray(excess);
    const note = left === 0 ? Buffer.alloc(0) : Buffer.from(`\n… ${left} bytes are left out …\n`);
    return Buffer.concat([head, note, end]);
  };
  return {
    write(chunk) {
      const room = headLimit - head.length;
      if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)]);
      if (chunk.length <= room) return;
      tail = Buffer.concat([tail, chunk.subarray(Math.max(0, room))]);
      // Cut at twice the limit, so that each byte is copied a few times at most.
      if (tail.length > 2 * tailLimit) {
        dropped += tail.length - tailLimit;
        tail = Buffer.from(tail.subarray(tail.length - tailLimit));
      }
    },
    bytes,
    text: () => bytes().toString("utf8"),
  };
};

/** The last lines of a log, for the reason of a failure: at most so many characters. */
export const endOf = (log: string, characters = 600): string => {
  const text = log.trimEnd();
  if (text.length <= characters) return text;
  const cut = text.slice(-characters);
  const line = cut.indexOf("\n");
  return line >= 0 && line < characters / 2 ? cut.slice(line + 1) : cut;
};
