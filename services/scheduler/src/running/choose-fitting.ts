/** What something needs, or what is there: cores and bytes. */
export type Room = { readonly cpu: number; readonly memory: number };

/** A queued execution. */
export type Candidate = Room & {
  readonly id: string;
  /** The lower one goes first. */
  readonly rank: number;
  readonly owner: string;
  /** Its place in the queue of its rank and owner, from 0. */
  readonly place: number;
  readonly enqueued: number;
};

/**
 * Puts the queues of all owners in one order: by rank, and within a rank so that owners share fairly, whoever has the fewest
 * running going first.
 */
export const inFairOrder = (
  candidates: readonly Candidate[],
  running: ReadonlyMap<string, number>,
): readonly Candidate[] => {
  const share = ({ owner, place }: Candidate): number => (running.get(owner) ?? 0) + place;
  return candidates.toSorted((a, b) => a.rank - b.rank || share(a) - share(b) || a.enqueued - b.enqueued);
};

/**
 * Takes from the front of the queue what fits into the room that is left. It never passes over one that does not fit, so that
 * a large one is not overtaken for ever; what is larger than the whole machine runs when it is alone.
 */
export const chooseFitting = (queue: readonly Candidate[], whole: Room, used: Room): readonly Candidate[] => {
  const chosen: Candidate[] = [];
  let { cpu, memory } = used;
  for (const candidate of queue) {
    const needs = cappedTo(whole, candidate);
    if (cpu + needs.cpu > whole.cpu + tolerance || memory + needs.memory > whole.memory) return chosen;
    chosen.push(candidate);
    cpu += needs.cpu;
    memory += needs.memory;
  }
  return chosen;
};

/** What an execution takes of the machine at most. */
export const cappedTo = (whole: Room, { cpu, memory }: Room): Room => ({
  cpu: Math.min(cpu, whole.cpu),
  memory: Math.min(memory, whole.memory),
});

// Ten times 0.1 core is one core.
const tolerance = 1e-6;
