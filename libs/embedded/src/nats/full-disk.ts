import { open, statfs } from "node:fs/promises";
import type { Log } from "../log.ts";

/**
 * Whether lines of the log of nats-server (2.10 and later) report that it could not write. JetStream keeps the error with the block of
 * messages that it could not write to, and refuses every further message, or switches itself off; only a restart ends that.
 */
export const reportsFullDisk = (lines: string): boolean =>
  /no space left on device|disk quota exceeded|JetStream .*(out of (resources|space)|DISABLED)/i.test(lines);

/** Bytes that have to be free before nats-server is started again: several blocks of messages (8 MiB at most each). */
const enoughBytes = 64 * 2 ** 20;

/** Share of a small disk that is enough. */
const enoughShare = 0.1;

/** Whether there is space again, so that a restart is of use. */
export const hasSpace = ({ free, size }: { readonly free: number; readonly size: number }): boolean =>
  free >= Math.min(enoughBytes, size * enoughShare);

/** Milliseconds between two looks at the log. */
const lookIntervalMs = 5_000;

/** Bytes of the log that are read at most, from its end: a full disk is reported at every message. */
const maxLogBytes = 64 * 1024;

/** What watching a server works with. */
export type FullDiskOptions = {
  /** Where its streams lie. */
  readonly folder: string;
  readonly logFile: string;
  readonly restart: () => Promise<void>;
  readonly log: Log;
  /** @default 5000 */
  readonly intervalMs?: number;
};

/** A watch that goes on until it is stopped. */
export type FullDiskWatch = {
  /** How often it has looked. */
  looks(): number;
  stop(): void;
};

/** Restarts nats-server once the disk has space again, where it could not write since the disk was full. */
export const recoverFromFullDisk = (options: FullDiskOptions): FullDiskWatch => {
  const readNews = newsOf(options.logFile);
  let isFull = false;
  let looking = false;
  let looks = 0;
  const look = async (): Promise<void> => {
    if (reportsFullDisk(await readNews())) {
      if (!isFull) options.log.warn({ folder: options.folder }, "nats-server cannot write: the disk is full");
      isFull = true;
    }
    if (!isFull) return;
    const { bavail, blocks, bsize } = await statfs(options.folder);
    if (!hasSpace({ free: bavail * bsize, size: blocks * bsize })) return;
    isFull = false;
    options.log.warn({ folder: options.folder }, "the disk has space again; restarting nats-server");
    await options.restart();
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => options.log.warn({ err: error }, "the log of nats-server cannot be read"))
      .finally(() => {
        looking = false;
        looks += 1;
      });
  }, options.intervalMs ?? lookIntervalMs);
  timer.unref();
  return { looks: () => looks, stop: () => clearInterval(timer) };
};

/** Reads what was appended to a file since the last time, from its end if that is much; a file that was begun anew from its beginning. */
const newsOf = (path: string): (() => Promise<string>) => {
  let read: number | null = null;
  return async () => {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const before = read;
      read = size;
      // What stood there before the server was started is of another one.
      if (before === null) return "";
      const from = Math.max(size < before ? 0 : before, size - maxLogBytes);
      const buffer = Buffer.alloc(size - from);
      return buffer.toString("utf8", 0, (await file.read(buffer, 0, buffer.length, from)).bytesRead);
    } finally {
      await file.close();
    }
  };
};
