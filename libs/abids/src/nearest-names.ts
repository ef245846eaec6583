import { distance } from "fastest-levenshtein";

/** The number of single-character edits between two names, in any case of letters. */
export const editsBetween = (left: string, right: string): number => distance(left.toLowerCase(), right.toLowerCase());

/**
 * Finds the known names that a mistyped one may have meant, up to three, the nearest first: up to a third of its
 * letters may be wrong, and two always may. Example: `nearestNames("verson", ["version", "name"])` is `["version"]`.
 */
export const nearestNames = (name: string, known: Iterable<string>): string[] => {
  const limit = Math.max(2, Math.floor(name.length / 3));
  const near = [...new Set(known)]
    .map((candidate) => ({ candidate, edits: editsBetween(name, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  const best = near[0]?.edits ?? 0;
  return near
    .filter(({ edits }) => edits <= best + 1)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
};

/** Writes the nearest name as half a sentence for the end of an error: `; did you mean "version"?`, or nothing. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  const [nearest] = nearestNames(name, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
};
