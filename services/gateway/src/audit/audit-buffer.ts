import type { AuditLine } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";

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

/** A line that was not stored, and why. */
type RefusedLine = { readonly line: AuditLine; readonly error: Problem };

/** Whether the lines themselves are refused, now and later; everything else may pass. */
const isRefusal = ({ code }: Problem): boolean => code === "invalid" || code === "too-large";

/** Collects lines, so that reading waits for no statement: they are stored together, a little later. A line that is refused holds up no other. */
export const createAuditBuffer = (store: StoreLines, options: AuditBufferOptions): AuditBuffer => {
  const waiting: AuditLine[] = [];
  let storing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const remove = (line: AuditLine): void => {
    const at = waiting.indexOf(line);
    if (at >= 0) waiting.splice(at, 1);
  };
  const drop = ({ line, error }: RefusedLine): void => {
    remove(line);
    options.onFailure(error, 1);
  };

  /** Stores lines, in halves where they are refused, until each refused one is alone. @returns how many were stored */
  const storeSome = async (lines: readonly AuditLine[], failed: RefusedLine[]): Promise<number> => {
    try {
      await store(lines);
    } catch (error) {
      if (!(error instanceof Problem) || !(isRefusal(error) || error.code === "internal")) throw error;
      const [line] = lines;
      if (line === undefined) return 0;
      if (lines.length > 1) {
        const middle = Math.ceil(lines.length / 2);
        const stored = await storeSome(lines.slice(0, middle), failed);
        return stored + (await storeSome(lines.slice(middle), failed));
      }
      if (isRefusal(error)) drop({ line, error });
      else failed.push({ line, error });
      return 0;
    }
    for (const line of lines) remove(line);
    return lines.length;
  };

  const storeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const failed: RefusedLine[] = [];
      const stored = await storeSome(waiting.slice(0, options.maxBatch), failed);
      // Where others were stored beside it, it is the line, and not the log, that does not work.
      const [first] = failed;
      if (first !== undefined && stored === 0) throw first.error;
      for (const one of failed) drop(one);
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
