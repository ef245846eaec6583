/** Numbers in [0, 1) that are the same for the same seed. */
export type Random = () => number;

/** A small generator (mulberry32); enough to place kills, not to keep secrets. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** The seed of this run: `CHAOS_SEED`, else a new one. It is printed, so that a failure can be repeated. */
export const chosenSeed = (): number => {
  const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`chaos seed: ${seed} (repeat with CHAOS_SEED=${seed})`);
  return seed;
};
