import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, hasStatus } from "@rollerblade/kubernetes";
import pLimit from "p-limit";
import { logKey } from "../../attempts/attempt-log.ts";
import type { Scheduler } from "../../scheduler.ts";
import type { Job } from "../executor.ts";
import { readFinishedLog } from "./pod-log.ts";
import type { Cluster } from "./remove.ts";
import type { PodSeen } from "./seen.ts";

/** Logs that are fetched at once: the results must never wait for them. */
const limit = pLimit(4);

/** Times that a log is asked for, and milliseconds before the second time; each further pause is twice as long. */
const tries = 8;
const pause = 500;

type Parts = Pick<Scheduler, "sql" | "objects" | "log" | "signal">;

/** Keeps what a successful attempt said, some time after its end. A log that cannot be had is done without. */
export const keepLog = (
  parts: Parts,
  cluster: Cluster,
  attempt: Pick<Job, "attempt" | "execution">,
  pod: PodSeen,
): void => {
  const keep = async (): Promise<void> => {
    for (let at = 0; at < tries && !parts.signal.aborted; at++) {
      const text = await limit(() => read(cluster, pod));
      if (text !== null) return store(parts, attempt, text);
      await sleep(pause * 2 ** at, undefined, { signal: parts.signal, ref: false }).catch(() => {});
    }
  };
  keep().catch((error: unknown) => parts.log.warn({ err: error, attempt }, "a log could not be kept"));
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

const store = async (
  { sql, objects }: Parts,
  { attempt, execution }: Pick<Job, "attempt" | "execution">,
  text: string,
): Promise<void> => {
  const [row] = await sql<{ number: number }[]>`select number from scheduler.attempts where id = ${attempt}`;
  if (text === "" || row === undefined) return;
  const key = logKey(execution, row.number);
  await objects.put(key, Buffer.from(text));
  const kept = await sql`
    update scheduler.attempts set log = ${key}
    where id = ${attempt} and not (select forgotten from scheduler.executions where id = ${execution}) returning id`;
  // Everybody whom it was run for was withdrawn meanwhile.
  if (kept.length === 0) await objects.delete([key]);
};
