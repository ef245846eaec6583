import { setTimeout as sleep } from "node:timers/promises";
import { type ImportState, type ImportStatus, ingestRoutes, retryUnavailable } from "@rollerblade/client";
import type { ImportOptions } from "./import-options.ts";

/** Pauses between two looks, in milliseconds: short at first, since small imports are done at once. */
const [firstPause, longestPause] = [20, 150];

const moving: ReadonlySet<ImportState> = new Set(["open", "reading", "committing", "publishing"]);

/** Waits until an import is final, and tells how far it is. */
export const untilFinal = async (id: string, { client, onProgress, signal }: ImportOptions): Promise<ImportStatus> => {
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const status = await retryUnavailable(() => client.call(ingestRoutes.showImport, { params: { import: id } }), {
      signal,
    });
    onProgress?.(
      status.state === "reading"
        ? { phase: "walk", done: status.listed, of: 0, trouble: status.trouble }
        : { phase: "publish", ...status.publish, trouble: status.trouble },
    );
    if (!moving.has(status.state)) return status;
    await sleep(pause, undefined, signal === undefined ? {} : { signal });
  }
};
