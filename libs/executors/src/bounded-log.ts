/** Bytes that are kept of the beginning and of the end. */
const headLimit = 64 * 1024;
const tailLimit = 192 * 1024;

/** Keeps the beginning and the end of what an attempt says, however much that is. */
export type BoundedLog = {
  write(chunk: Uint8Array): void;
  /** Decoded, with a line that says how much is left out. */
  text(): string;
};

/** An empty log. */
export const createBoundedLog = (): BoundedLog => {
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let dropped = 0;
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
    text() {
      const excess = Math.max(0, tail.length - tailLimit);
      const left = dropped + excess;
      const end = tail.subarray(excess);
      if (left === 0) return Buffer.concat([head, end]).toString("utf8");
      return `${head.toString("utf8")}\n… ${left} bytes are left out …\n${end.toString("utf8")}`;
    },
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
