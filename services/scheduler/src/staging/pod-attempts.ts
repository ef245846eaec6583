import type { JsonObject } from "@rollerblade/abids";
import type { RequestedSlice } from "@rollerblade/analysis";
import { recordset, type Sql } from "@rollerblade/database";
import type { Place } from "@rollerblade/executors/kubernetes";
import { taskOfExecution } from "../attempts/read-attempts.ts";

/** The attempt that a Pod is for, with its slice. */
export type PodAttempt = {
  readonly attempt: string;
  readonly execution: string;
  readonly running: boolean;
  readonly analysis: string;
  readonly version: string;
  readonly parameters: JsonObject;
  readonly requested: RequestedSlice;
};

/** The part of an attempt that says whether its Pod may still ask for objects. */
export type PodOwner = Pick<PodAttempt, "attempt" | "running">;

/** Places as rows to join with, each with its index in the list. */
const placesInOrder = (sql: Sql, places: readonly Place[]) =>
  recordset(
    sql,
    { ordinal: "integer", job: "text", jobIndex: "integer" },
    places.map(({ job, index: jobIndex }, ordinal) => ({ ordinal, job, jobIndex })),
  );

/** Reads which attempts are at places, in their order, without their slices; undefined where there is none. */
export const readPodOwners = async (sql: Sql, places: readonly Place[]): Promise<readonly (PodOwner | undefined)[]> => {
  const rows = await sql<(PodOwner & { ordinal: number })[]>`
    select place.ordinal, attempt.id as attempt,
      attempt.state = 'running' and not execution.cancel_requested as running
    from ${placesInOrder(sql, places)} as place
    join scheduler.attempts as attempt on attempt.job = place.job and attempt.job_index = place.job_index
    join scheduler.executions as execution on execution.id = attempt.execution`;
  const found = new Map(rows.map(({ ordinal, ...owner }) => [ordinal, owner]));
  return places.map((_, index) => found.get(index));
};

/** The attempts at places, in their order; undefined where there is none. */
export const readPodAttempts = async (
  sql: Sql,
  places: readonly Place[],
): Promise<readonly (PodAttempt | undefined)[]> => {
  const rows = await sql<(PodAttempt & { ordinal: number })[]>`
    select place.ordinal, attempt.id as attempt, attempt.execution,
      attempt.state = 'running' and not execution.cancel_requested as running,
      execution.analysis, execution.version, execution.parameters, task.requested
    from ${placesInOrder(sql, places)} as place
    join scheduler.attempts as attempt on attempt.job = place.job and attempt.job_index = place.job_index
    join scheduler.executions as execution on execution.id = attempt.execution
    join lateral ${taskOfExecution(sql)} as task on true`;
  const found = new Map(rows.map(({ ordinal, ...attempt }) => [ordinal, attempt]));
  return places.map((_, index) => found.get(index));
};
