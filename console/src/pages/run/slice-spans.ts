/** A stretch of a slice's time, in milliseconds since 1970. */
export type SliceSpan = {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Number of the attempt that it is; null of what is none. */
  readonly attempt: number | null;
};

/** What the stretches are made of, as the API answers it. */
type Traced = {
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly history: {
    readonly createdAt: string;
    readonly finishedAt: string | null;
    readonly attempts: readonly {
      readonly number: number;
      readonly startedAt: string;
      readonly finishedAt: string | null;
    }[];
  } | null;
};

/**
 * A slice's way from its request to its outputs, stretch after stretch: planned, queued, each attempt with the wait before it, published. A slice
 * whose work was under way before it was asked for has the stretches since then.
 * @param now where a stretch ends that has not ended yet
 */
export const spansOf = ({ createdAt, finishedAt, history }: Traced, now: number): SliceSpan[] => {
  const begin = Date.parse(createdAt);
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  if (history === null) return [{ name: "planned", from: begin, to: end, attempt: null }];
  const spans: SliceSpan[] = [];
  const add = (name: string, from: number, to: number, attempt: number | null = null): void => {
    // What was before the request belongs to somebody else's slice.
    if (to > begin && to > from) spans.push({ name, from: Math.max(from, begin), to: Math.min(to, end), attempt });
  };
  const queued = Date.parse(history.createdAt);
  add("planned", begin, queued);
  let before = queued;
  for (const { number, startedAt, finishedAt: endedAt } of history.attempts) {
    add(number === 1 ? "queued" : "waited", before, Date.parse(startedAt));
    before = endedAt === null ? now : Date.parse(endedAt);
    add(`attempt ${number}`, Date.parse(startedAt), before, number);
  }
  if (history.attempts.length === 0) add("queued", queued, end);
  else if (history.finishedAt !== null) add("published", before, end);
  return spans;
};
