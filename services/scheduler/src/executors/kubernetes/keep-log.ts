import pLimit from "p-limit";
import { logKey } from "../../running/attempt-log.ts";
import type { Scheduler } from "../../scheduler.ts";
import type { Job } from "../executor.ts";
import { readFinishedLog } from "./pod-log.ts";
import type { Cluster } from "./remove.ts";
import type { PodSeen } from "./seen.ts";

/** Logs that are fetched at once: the results must never wait for them. */
const limit = pLimit(4);

/**
 * Keeps what a successful attempt said, some time after its end. A log that cannot be had any more is done without.
 */
export const keepLog = (
  { sql, objects, log, signal }: Pick<Scheduler, "sql" | "objects" | "log" | "signal">,
  cluster: Cluster,
  { attempt, execution }: Pick<Job, "attempt" | "execution">,
  pod: PodSeen,
): void => {
  const keep = async (): Promise<void> => {
    if (signal.aborted) return;
    const text = await readFinishedLog(cluster, pod);
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
  void limit(keep).catch((error: unknown) => log.warn({ err: error, attempt }, "a log could not be kept"));
};
