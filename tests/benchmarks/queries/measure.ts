/** Milliseconds that some work takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
};

/** The time that such a part of all times does not exceed: 0.5 is the median. */
export const quantile = (times: readonly number[], part: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;

/** Times of both, side by side, so that whatever else the machine does falls on both. */
export const sideBySide = async (
  rounds: number,
  ours: () => Promise<unknown>,
  byHand: () => Promise<unknown>,
): Promise<{ ours: number[]; byHand: number[] }> => {
  const times = { ours: [await timed(ours)], byHand: [await timed(byHand)] };
  for (let round = 0; round < rounds; round += 1) {
    times.ours.push(await timed(ours));
    times.byHand.push(await timed(byHand));
  }
  return { ours: times.ours.slice(1), byHand: times.byHand.slice(1) };
};
