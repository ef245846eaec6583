import type { Attempt } from "../executor.ts";
import type { AttemptReport } from "./attempt-report.ts";
import type { Place } from "./place.ts";

/** What the records hold of one attempt. */
export type AttemptRecord = {
  /** Null when it was never given to a Job. */
  readonly place: Place | null;
  /** Null when its Pod has not reported. */
  readonly report: AttemptReport | null;
};

/** Records which index of which Job each attempt is, for whichever replica takes care of it later. */
export type Places = {
  /** Records that the attempts become the indexes 0, 1, 2 … of a Job, before the Job is created. */
  write(job: string, attempts: readonly string[]): Promise<void>;
  /** Undefined when there is no such attempt. Thousands may be asked for at once, so the implementation should batch them. */
  read(attempt: string): Promise<AttemptRecord | undefined>;
  /** Those of the Jobs in which an attempt still runs, other than the attempts `apartFrom`. */
  jobsInUse(jobs: readonly string[], apartFrom?: readonly string[]): Promise<ReadonlySet<string>>;
};

/** Keeps what Pods report, so that a report outlives the replica that received it. */
export type Reports = {
  /** Keeps the report; the first one of an attempt counts. */
  keep(attempt: string, report: AttemptReport): Promise<void>;
  /** The kept reports of attempts that this replica takes care of. */
  read(): Promise<readonly { readonly id: string; readonly report: AttemptReport }[]>;
  /** Looks in the bucket for the manifest of a Pod whose report reached nobody; null when there is none. */
  find(attempt: Pick<Attempt, "id" | "execution" | "manifest" | "slice">): Promise<AttemptReport | null>;
};

/** Records what people want to know of an attempt. */
export type Notes = {
  /** Records why attempts do not run yet, by their ids; an empty reason says that nothing is in the way. */
  writeWaiting(reasons: ReadonlyMap<string, string>): Promise<void>;
  /** Keeps the log of an attempt that has ended. */
  writeLog(attempt: Pick<Attempt, "id" | "execution">, text: string): Promise<void>;
};
