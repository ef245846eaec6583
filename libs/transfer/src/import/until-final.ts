import { setTimeout as sleep } from "node:timers/promises";
import { type ImportState, type ImportStatus, ingestRoutes, retryUnavailable } from "@rollerblade/client";
import type { ImportOptions } from "./import-options.ts";

/** Milliseconds between two requests for the status: few at first, since small imports are done at once. */
const [firstDelayMs, maxDelayMs] = [20, 150];

const moving: ReadonlySet<ImportState> = new Set(["open", "reading", "committing", "publishing"]);

/** Polls an import until it is final, and reports its progress. */
export const untilFinal = async (id: string, { client, onProgress, signal }: ImportOptions): Promise<ImportStatus> => {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(maxDelayMs, delayMs * 1.5)) {
    const status = await retryUnavailable(() => client.call(ingestRoutes.showImport, { params: { import: id } }), {
      signal,
    });
    onProgress?.(
      status.state === "reading"
        ? { phase: "walk", done: status.listed, of: 0, trouble: status.trouble }
        : { phase: "publish", ...status.publish, trouble: status.trouble },
    );
    if (!moving.has(status.state)) return status;
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  }
};
