import type { AuditLine } from "@rollerblade/client";

/** Stores lines for good. */
export type StoreLines = (lines: readonly AuditLine[]) => Promise<void>;

/** How lines of reading wait to be stored. */
export type AuditBufferOptions = {
  /** How long a line waits for others, in milliseconds. */
  readonly lingerMs: number;
  /** Lines that are stored together. */
  readonly maxBatch: number;
  /** Lines that wait while they cannot be stored; the oldest beyond that are dropped, and counted. */
  readonly maxWaiting: number;
  /** Is called when storing failed, or when lines were dropped. */
  readonly onFailure: (error: unknown, dropped: number) => void;
};

/** Lines that wait to be stored, in the order in which they were added. */
export type AuditBuffer = {
  add(lines: readonly AuditLine[]): void;
  /** Stores all that waits. @throws what storing throws */
  flush(): Promise<void>;
};

/** Collects lines, so that reading waits for no statement: they are stored together, a little later. */
export const createAuditBuffer = (store: StoreLines, options: AuditBufferOptions): AuditBuffer => {
  const waiting: AuditLine[] = [];
  let storing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const storeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, options.maxBatch);
      await store(batch);
      // What was added or dropped meanwhile stands behind or before these.
      for (const line of batch) if (waiting[0] === line) waiting.shift();
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    storing ??= storeAll().finally(() => {
      storing = null;
    });
    return storing;
  };
  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush().catch((error: unknown) => {
        options.onFailure(error, 0);
        later();
      });
    }, options.lingerMs);
    timer.unref();
  };
  return {
    add(lines) {
      waiting.push(...lines);
      const dropped = waiting.length - options.maxWaiting;
      if (dropped > 0) {
        waiting.splice(0, dropped);
        options.onFailure(new Error("too many lines of the audit log wait to be stored"), dropped);
      }
      if (waiting.length > 0) later();
    },
    flush,
  };
};
