import { cappedTo, type Room } from "@rollerblade/executors";

/** An execution in a queue. */
export type QueuedExecution = Room & {
  readonly id: string;
  readonly analysis: string;
  readonly version: string;
  /** The lower one goes first; see `rankOf`. */
  readonly rank: number;
  readonly owner: string;
  /** Its place in the queue of its rank and owner, from 0. */
  readonly place: number;
  /** Rises with the time at which it was queued. */
  readonly enqueued: number;
  /** Whether it was lost so often that nothing else may run beside it; see `lossesUntilAlone`. */
  readonly alone: boolean;
};

/** What an owner has had. */
export type Share = {
  /** Executions that run now. */
  readonly running: number;
  /** When the owner was last served; higher is later, 0 is never. */
  readonly turn: number;
};

/**
 * Puts the queues of all owners in one order: by rank, and within a rank so that owners share fairly. The owner with the fewest
 * running goes first, and among equals the one who has waited longest for a turn; so even a machine with room for a single attempt is
 * shared.
 */
export const inFairOrder = (
  queued: readonly QueuedExecution[],
  shares: ReadonlyMap<string, Share>,
): readonly QueuedExecution[] => {
  // What would run if all before it in its own queue were taken.
  const running = ({ owner, place }: QueuedExecution): number => (shares.get(owner)?.running ?? 0) + place;
  const turn = ({ owner }: QueuedExecution): number => shares.get(owner)?.turn ?? 0;
  return queued.toSorted(
    (a, b) => a.rank - b.rank || running(a) - running(b) || turn(a) - turn(b) || a.enqueued - b.enqueued,
  );
};

/**
 * Takes from the front of the queue what fits into the room that is left. It never passes over one that does not fit, so that
 * a large one is not overtaken for ever; what is larger than the whole machine runs when it is alone.
 * @param ahead how many times the machine may be claimed beyond what fits, for an execution: 0 for one that may take long, behind
 * which nothing is claimed ahead either
 */
export const chooseFitting = (
  queue: readonly QueuedExecution[],
  whole: Room,
  used: Room,
  ahead: (execution: QueuedExecution) => number = () => 0,
): readonly QueuedExecution[] => {
  const chosen: QueuedExecution[] = [];
  let { cpu, memory } = used;
  let maxAhead = Number.POSITIVE_INFINITY;
  for (const execution of queue) {
    maxAhead = Math.min(maxAhead, execution.alone ? 0 : ahead(execution));
    const needs = execution.alone ? whole : cappedTo(whole, execution);
    const factor = 1 + maxAhead;
    if (cpu + needs.cpu > whole.cpu * factor + tolerance || memory + needs.memory > whole.memory * factor)
      return chosen;
    chosen.push(execution);
    cpu += needs.cpu;
    memory += needs.memory;
  }
  return chosen;
};

/** Cores: ten times 0.1 is one, although the sum of ten floating-point numbers is a little more. */
const tolerance = 1e-6;
