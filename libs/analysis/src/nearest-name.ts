import { distance } from "fastest-levenshtein";

/**
 * Finds the known name that a mistyped one most likely meant, or undefined when none is near: at most a third of its letters may be
 * wrong, and two always may. Example: `nearestName("verson", ["version", "name"])` is `version`.
 */
export const nearestName = (name: string, known: Iterable<string>): string | undefined => {
  const limit = Math.max(2, Math.floor(name.length / 3));
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name: candidate, edits };
  }
  return best?.name;
};

/** Writes the nearest name as half a sentence for the end of an error: `; did you mean "version"?`, or nothing. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
};
