import { classify } from "@rollerblade/abids";

/** Why an import leaves a file out; `docs/how-to/import-and-export.md` has a sentence for each. */
export type LeftOut = "hidden" | "sourcedata" | "derivatives" | "not BIDS";

/** Returns why a file was left out of an import, or null where nothing says so. `refused`: paths of its findings. */
export const leftOutBy = (path: string, refused: ReadonlySet<string>): LeftOut | null => {
  const is = classify(path);
  if (is.class === "derivative") return "derivatives";
  if (is.class === "ignored" && (is.because === "hidden" || is.because === "sourcedata")) return is.because;
  return refused.has(path) ? "not BIDS" : null;
};
