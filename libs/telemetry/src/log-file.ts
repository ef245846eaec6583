import { chmodSync, renameSync, statSync } from "node:fs";
import { destination } from "pino";

/** What a logger writes its lines to. */
export type LogDestination = ReturnType<typeof destination>;

/** Characters that wait for a disk with room; the newest lines beyond them are dropped. */
export const maxUnwrittenBytes = 2 ** 20;

/** Bytes of one log file: some 100,000 lines. With the file before it, a log takes at most twice as much. */
const maxFileBytes = 20_000_000;

/**
 * Opens a file to which log lines are appended. Only its owner can read it, since lines name datasets and people. When it is full, it
 * becomes `FILE.1`, which it replaces, and the log goes on in a new one.
 */
export const openLogFile = (file: string, maxBytes = maxFileBytes): LogDestination => {
  const made = destination({ dest: file, sync: true, mkdir: true, mode: 0o600, maxLength: maxUnwrittenBytes });
  const found = statSync(file);
  // A device such as /dev/full is neither closed to others nor renamed.
  if (!found.isFile()) return made;
  chmodSync(file, 0o600);
  let bytes = found.size;
  made.on("write", (written: number) => {
    bytes += written;
    if (bytes < maxBytes) return;
    bytes = 0;
    try {
      renameSync(file, `${file}.1`);
      made.reopen();
    } catch {
      // Whoever removed the folder wants no log; a full disk must not end the work that is logged.
    }
  });
  return made;
};
