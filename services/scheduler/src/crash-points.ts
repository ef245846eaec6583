import { crashPoint as crashHere } from "@rollerblade/events";

/**
 * The points at which a `kill -9` must lose nothing and publish nothing twice, in the order in which a slice passes them. Tests
 * kill the scheduler at each of them: `ROLLERBLADE_CRASH_AT=publish.copied`, or `publish.copied:2` for its second passing.
 */
export const crashPoints = [
  /** Plans are written; no loop was notified yet. */
  "plan.written",
  /** Attempts are ours in the table; nothing has been started. */
  "attempt.claimed",
  /** Attempts have their places in a Job; the cluster does not have the Job. */
  "job.placed",
  /** The cluster has the Job; the scheduler has not noted that. */
  "job.made",
  /** A command has ended and its outputs lie in staging; that is not written yet. */
  "attempt.ended",
  /** That is written, and its tasks are to be published. */
  "attempt.written",
  /** The intent of a publication is written; nothing has been put. */
  "publish.intended",
  /** What the names held is in the archive. */
  "publish.archived",
  /** The sidecars are at their names. */
  "publish.described",
  /** The outputs are at their names; that is not written yet. */
  "publish.copied",
  /** All is written and its events are emitted; the staged objects are still there. */
  "publish.recorded",
  /** The staged objects are removed; that is not written yet. */
  "staging.dropped",
  /** The objects of what was withdrawn are removed; that is not written yet. */
  "withdrawal.removed",
] as const;

/** Kills the process here when a test has chosen this point. Without a choice it costs a comparison of texts. */
export const crashPoint = (name: (typeof crashPoints)[number]): void => crashHere(name);
