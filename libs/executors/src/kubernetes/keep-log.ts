import { ClusterError, hasStatus } from "@rollerblade/kubernetes";
import type { Logger } from "@rollerblade/telemetry";
import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Attempt } from "../executor.ts";
import { readFinishedLog } from "./pod-log.ts";
import type { PodStatus } from "./pod-status.ts";
import type { Notes } from "./records.ts";
import type { Cluster } from "./remove.ts";

/** Logs that are fetched at once: the results must never wait for them. */
const limit = pLimit(4);

/**
 * How often a log is asked for: after 0.5, 1, 2 … 32 s. The node may take as long to notice that its container has ended, and answers
 * with status 400 until then.
 */
const retry = { retries: 7, minTimeout: 500, factor: 2, unref: true } as const;

/** What keeping a log needs. */
export type KeepLogParts = {
  readonly cluster: Cluster;
  readonly notes: Pick<Notes, "writeLog">;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Keeps the log of a successful attempt, some time after its end. A log that cannot be had is done without. */
export const keepLog = (parts: KeepLogParts, attempt: Pick<Attempt, "id" | "execution">, pod: PodStatus): void => {
  const { cluster, notes, log, signal } = parts;
  const keep = async (): Promise<void> => {
    const shouldRetry = ({ error }: { error: Error }): boolean => error instanceof ClusterError;
    const text = await pRetry(() => limit(() => read(cluster, pod)), { ...retry, signal, shouldRetry });
    if (text !== "") await notes.writeLog(attempt, text);
  };
  keep().catch((error: unknown) => {
    if (!signal.aborted) log.warn({ err: error, attempt: attempt.id }, "a log could not be kept");
  });
};

/** Empty when the Pod is gone. */
const read = async (cluster: Cluster, pod: PodStatus): Promise<string> => {
  try {
    return await readFinishedLog(cluster, pod);
  } catch (error) {
    if (hasStatus(error, 404)) return "";
    throw error;
  }
};
