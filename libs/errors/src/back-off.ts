/** The range of a back-off. */
export type BackOff = {
  /** Delay after the first failure. */
  readonly minMs: number;
  /** Limit of the doubling. */
  readonly maxMs: number;
};

/**
 * Computes the delay before a loop that never ends tries again: `minMs` after the first failure in a row, twice as long after each
 * further one up to `maxMs`, times a random factor between 0.5 and 1.5, so that replicas that failed together do not come back together.
 *
 *     failures += 1;
 *     await sleep(backOffMs(failures, { minMs: 500, maxMs: 30_000 }));
 *
 * For work that is given up after some attempts, use `p-retry`.
 * @param failures failures in a row, from 1
 */
export const backOffMs = (failures: number, { minMs, maxMs }: BackOff, random: () => number = Math.random): number =>
  // 2^20 times any sensible minimum is beyond any sensible maximum; without a limit the power would become infinite.
  Math.round(Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 20)) * (0.5 + random()));
