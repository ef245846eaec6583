import { crashPoint as crashHere } from "@rollerblade/events";

/**
 * The places at which a kill -9 must lose nothing and publish nothing twice, in the order in which a slice passes them. Tests
 * kill the scheduler at each of them: `ROLLERBLADE_CRASH_AT=publish.copied`, or `publish.copied:2` for its second passing.
 */
export const crashPoints = [
  /** Plans are written down; nobody was woken yet. */
  "plan.written",
  /** Attempts are ours in the table; nothing has been started. */
  "attempt.claimed",
  /** Attempts have their places in a Job; the cluster does not have the Job. */
  "job.placed",
  /** The cluster has the Job; nobody here has taken note. */
  "job.made",
  /** A command has ended and its outputs lie in staging; nobody has written that down. */
  "attempt.ended",
  /** That is written down, and its tasks are to be published. */
  "attempt.written",
  /** The intent of a publication is written down; nothing has been put. */
  "publish.intended",
  /** What the names held is in the archive. */
  "publish.archived",
  /** The sidecars are at their names. */
  "publish.described",
  /** The outputs are at their names; nobody has written that down. */
  "publish.copied",
  /** All is written down and announced; staging still lies there. */
  "publish.recorded",
  /** Staging is removed; nobody has written that down. */
  "staging.dropped",
  /** The objects of what was withdrawn are removed; nobody has written that down. */
  "withdrawal.removed",
] as const;

/** Dies here, when a test asks for it. */
export const crashPoint = (name: (typeof crashPoints)[number]): void => crashHere(name);
