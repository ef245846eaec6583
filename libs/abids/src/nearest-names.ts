import { distance } from "fastest-levenshtein";

/** Letters of a name that is compared letter by letter; whoever slips in a longer one is not helped by another long one. */
const maxLetters = 64;

/** Known names that are compared; a hostile dataset may bring any number of them. */
const maxCandidates = 2_000;

/** The number of single-character edits between two names, in any case of letters; infinite for a name of more than 64 letters. */
export const editsBetween = (left: string, right: string): number =>
  Math.max(left.length, right.length) > maxLetters
    ? Number.POSITIVE_INFINITY
    : distance(left.toLowerCase(), right.toLowerCase());

/**
 * Finds the known names that a mistyped one may have meant, up to three, the nearest first: up to a third of its
 * letters may be wrong, and two always may. Example: `nearestNames("verson", ["version", "name"])` is `["version"]`.
 */
export const nearestNames = (name: string, known: Iterable<string>): string[] => {
  const limit = Math.max(2, Math.floor(name.length / 3));
  if (name.length > maxLetters) return [];
  const near = candidatesOf(name, known, limit)
    .map((candidate) => ({ candidate, edits: editsBetween(name, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  const best = near[0]?.edits ?? 0;
  return near
    .filter(({ edits }) => edits <= best + 1)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
};

/** Those that may be near enough by their length, each once and so many at most. */
const candidatesOf = (name: string, known: Iterable<string>, limit: number): string[] => {
  const candidates = new Set<string>();
  for (const one of known) {
    if (candidates.size === maxCandidates) break;
    if (one.length <= maxLetters && Math.abs(one.length - name.length) <= limit) candidates.add(one);
  }
  return [...candidates];
};

/** Whether a name is a misspelling of another: one letter, or two of a long one. */
export const isSlip = (name: string, other: string): boolean => editsBetween(name, other) <= (name.length < 16 ? 1 : 2);

/** Writes the nearest name as half a sentence for the end of an error: `; did you mean "version"?`, or nothing. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  const [nearest] = nearestNames(name, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
};
