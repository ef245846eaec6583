const first = 500;
const longest = 300_000;

/**
 * Milliseconds to wait before try `attempt + 1`: doubling from half a second up to five minutes, times a random factor between a half
 * and one and a half, so that what failed together does not come back together.
 */
export const backOff = (attempt: number, random: () => number = Math.random): number =>
  Math.round(Math.min(longest, first * 2 ** Math.min(attempt - 1, 20)) * (0.5 + random()));
