import { watch } from "node:fs";
import { isLeftOut } from "@rollerblade/executors";

/** Milliseconds without a change after which a save is over: editors write a file in several steps. */
const lingerMs = 100;

/** Changes of a folder of code, one at a time. */
export type FolderChanges = {
  /** Waits for a change since the last call, or since the beginning. */
  next(): Promise<void>;
  close(): void;
};

/** Watches a folder; what interpreters and editors leave there by themselves is not a change. */
export const watchFolder = (folder: string): FolderChanges => {
  let changed = false;
  let notify: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, path) => {
    if (path?.split(/[/\\]/).some(isLeftOut) === true && !/analysis\.ya?ml$/.test(path)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      changed = true;
      notify?.();
    }, lingerMs);
  });
  return {
    async next() {
      if (!changed) await new Promise<void>((resolve) => (notify = resolve));
      changed = false;
      notify = undefined;
    },
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
};
