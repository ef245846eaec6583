import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, hasStatus } from "@rollerblade/kubernetes";
import type { Logger } from "@rollerblade/telemetry";
import pLimit from "p-limit";
import type { Attempt } from "../executor.ts";
import { readFinishedLog } from "./pod-log.ts";
import type { Notes } from "./records.ts";
import type { Cluster } from "./remove.ts";
import type { PodSeen } from "./seen.ts";

/** Logs that are fetched at once: the results must never wait for them. */
const limit = pLimit(4);

/** Times that a log is asked for, and milliseconds before the second time; each further delay is twice as long. */
const maxTries = 8;
const delayMs = 500;

/** What keeping a log needs. */
export type KeepLogParts = {
  readonly cluster: Cluster;
  readonly notes: Pick<Notes, "writeLog">;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Keeps the log of a successful attempt, some time after its end. A log that cannot be had is done without. */
export const keepLog = (parts: KeepLogParts, attempt: Pick<Attempt, "id" | "execution">, pod: PodSeen): void => {
  const { cluster, notes, log, signal } = parts;
  const keep = async (): Promise<void> => {
    for (let tries = 0; tries < maxTries && !signal.aborted; tries++) {
      const text = await limit(() => read(cluster, pod));
      if (text !== null) return text === "" ? undefined : notes.writeLog(attempt, text);
      await sleep(delayMs * 2 ** tries, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  keep().catch((error: unknown) => log.warn({ err: error, attempt: attempt.id }, "a log could not be kept"));
};

/** Null when it may be had a little later. */
const read = async (cluster: Cluster, pod: PodSeen): Promise<string | null> => {
  try {
    return await readFinishedLog(cluster, pod);
  } catch (error) {
    if (hasStatus(error, 404)) return "";
    if (error instanceof ClusterError) return null;
    throw error;
  }
};
