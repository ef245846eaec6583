import { cappedTo, type Room } from "@rollerblade/executors";

/** A queued execution. */
export type Candidate = Room & {
  readonly id: string;
  readonly analysis: string;
  readonly version: string;
  /** The lower one goes first. */
  readonly rank: number;
  readonly owner: string;
  /** Its place in the queue of its rank and owner, from 0. */
  readonly place: number;
  readonly enqueued: number;
};

/** What an owner has had. */
export type Share = {
  /** Executions that run now. */
  readonly running: number;
  /** When the owner's turn was last; higher is later, 0 is never. */
  readonly turn: number;
};

/**
 * Puts the queues of all owners in one order: by rank, and within a rank so that owners share fairly: whoever has the fewest
 * running goes first, and among equals whoever waited longest for a turn.
 */
export const inFairOrder = (
  candidates: readonly Candidate[],
  shares: ReadonlyMap<string, Share>,
): readonly Candidate[] => {
  const running = ({ owner, place }: Candidate): number => (shares.get(owner)?.running ?? 0) + place;
  const turn = ({ owner }: Candidate): number => shares.get(owner)?.turn ?? 0;
  return candidates.toSorted(
    (a, b) => a.rank - b.rank || running(a) - running(b) || turn(a) - turn(b) || a.enqueued - b.enqueued,
  );
};

/**
 * Takes from the front of the queue what fits into the room that is left. It never passes over one that does not fit, so that
 * a large one is not overtaken for ever; what is larger than the whole machine runs when it is alone.
 * @param ahead how many times the machine may be claimed beyond what fits for such a one; one for which that is nothing is
 *   worth waiting for, so nothing is claimed ahead behind it
 */
export const chooseFitting = (
  queue: readonly Candidate[],
  whole: Room,
  used: Room,
  ahead: (candidate: Candidate) => number = () => 0,
): readonly Candidate[] => {
  const chosen: Candidate[] = [];
  let { cpu, memory } = used;
  let most = Number.POSITIVE_INFINITY;
  for (const candidate of queue) {
    most = Math.min(most, ahead(candidate));
    const needs = cappedTo(whole, candidate);
    const factor = 1 + most;
    if (cpu + needs.cpu > whole.cpu * factor + tolerance || memory + needs.memory > whole.memory * factor)
      return chosen;
    chosen.push(candidate);
    cpu += needs.cpu;
    memory += needs.memory;
  }
  return chosen;
};

// Ten times 0.1 core is one core.
const tolerance = 1e-6;
