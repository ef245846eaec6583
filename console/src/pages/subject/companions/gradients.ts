/** One direction of a diffusion series: how strongly it weighs (s/mm²), and where it points. */
export type Gradient = { readonly strength: number; readonly x: number; readonly y: number; readonly z: number };

/** b-values that differ by less than this are one shell: scanners write 995 and 1005 for 1000. */
const shellWidth = 100;

const numbers = (line: string | undefined): number[] =>
  (line ?? "").trim() === "" ? [] : (line ?? "").trim().split(/\s+/).map(Number);

/**
 * The directions of a `.bval` with one row and a `.bvec` with three (BIDS, "diffusion imaging data"); a direction is 0 where the second is
 * missing.
 */
export const readGradients = (strengths: string, directions: string): Gradient[] => {
  const [x, y, z] = directions
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map(numbers);
  return numbers(strengths.split(/\r?\n/).find((line) => line.trim() !== "")).map((strength, at) => ({
    strength,
    x: x?.[at] ?? 0,
    y: y?.[at] ?? 0,
    z: z?.[at] ?? 0,
  }));
};

/** How many directions each shell has, the weakest first. @example shells of b-values 0, 995, 1005 are 0 with one, and 1000 with two */
export const shellsOf = (
  gradients: readonly Gradient[],
): { readonly strength: number; readonly directions: number }[] => {
  const counts = new Map<number, number>();
  for (const { strength } of gradients) {
    const shell = Math.round(strength / shellWidth) * shellWidth;
    counts.set(shell, (counts.get(shell) ?? 0) + 1);
  }
  return [...counts]
    .map(([strength, directions]) => ({ strength, directions }))
    .toSorted((a, b) => a.strength - b.strength);
};
