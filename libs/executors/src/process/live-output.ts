/** Milliseconds for which output is gathered before it is sent. */
const lingerMs = 100;

/** Bytes of one sending; what a command writes beyond them in the same time is left out: nobody could read it. */
const maxBytes = 64 * 1_024;

/** Output on its way to somebody who follows a command. */
export type LiveOutput = {
  write(chunk: Uint8Array): void;
  /** Sends what is still here. */
  flush(): void;
};

/** Gathers what a command writes, and sends it in pieces of a limited size, at most so many a second whatever the command does. */
export const createLiveOutput = (send: (bytes: Buffer) => void): LiveOutput => {
  let gathered: Uint8Array[] = [];
  let length = 0;
  let leftOut = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (length === 0) return;
    const note = leftOut === 0 ? [] : [Buffer.from(`\n… ${leftOut} bytes are left out …\n`)];
    const bytes = Buffer.concat([...gathered, ...note]);
    gathered = [];
    length = 0;
    leftOut = 0;
    send(bytes);
  };
  return {
    write(chunk) {
      const part = chunk.subarray(0, Math.max(0, maxBytes - length));
      leftOut += chunk.length - part.length;
      if (part.length > 0) gathered.push(part);
      length += part.length;
      timer ??= setTimeout(flush, lingerMs);
      timer.unref();
    },
    flush,
  };
};
