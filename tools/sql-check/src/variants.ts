/** A value that stands for all of its type. */
export type Sample = string | boolean | Date | Uint8Array;

/** A stretch of a statement: text, a parameter with a value of its type, or a schema that only the running program knows. */
export type Piece = string | { readonly parameter: Sample } | { readonly schema: true };

/** One way that a statement may be written, of the several that its conditions allow. */
export type Variant = readonly Piece[];

/** What has to hold for a variant: that an expression is, or is not, this value. `level` is "scan", `after === null` is "true". */
export type Choice = { readonly of: string; readonly value: string; readonly is: boolean };

/** A variant with the choices that lead to it, so that two conditions on one value are never taken differently. */
export type Chosen = { readonly pieces: Variant; readonly choices: readonly Choice[] };

/** So many variants are tried of all combinations; beyond them, each condition is changed alone. */
const maxCombinations = 24;

export const separated = (parts: readonly Variant[]): Variant =>
  parts.flatMap((part, index) => (index === 0 ? part : [", ", ...part]));

export const always = (...pieces: Piece[]): Chosen => ({ pieces, choices: [] });

const conflict = (one: Choice, other: Choice): boolean => {
  if (one.of !== other.of) return false;
  if (one.value === other.value) return one.is !== other.is;
  return one.is && other.is;
};

/** Both after each other; nothing when they contradict each other. */
export const joined = (one: Chosen, other: Chosen): Chosen[] =>
  one.choices.some((choice) => other.choices.some((against) => conflict(choice, against)))
    ? []
    : [{ pieces: [...one.pieces, ...other.pieces], choices: [...one.choices, ...other.choices] }];

export const variantsOf = (chosen: readonly Chosen[]): Variant[] => [
  ...new Map(chosen.map(({ pieces }) => [JSON.stringify(pieces), pieces])).values(),
];

export const unique = (chosen: readonly Chosen[]): Chosen[] => [
  ...new Map(chosen.map((one) => [JSON.stringify(one), one])).values(),
];

export const combine = (parts: readonly (readonly Chosen[])[]): Chosen[] => {
  const count = parts.reduce((product, variants) => product * variants.length, 1);
  const all = (of: readonly (readonly Chosen[])[]): Chosen[] =>
    of.reduce<Chosen[]>(
      (starts, variants) => starts.flatMap((start) => variants.flatMap((one) => joined(start, one))),
      [always()],
    );
  if (count <= maxCombinations) return all(parts);
  const firsts = parts.map((variants) => variants.slice(0, 1));
  return parts.flatMap((variants, index) =>
    variants.length === 1 && index > 0
      ? []
      : variants.flatMap((one) => all(firsts.map((first, at) => (at === index ? [one] : first)))),
  );
};
