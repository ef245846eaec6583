import type { Rating, Verdict } from "@rollerblade/client";

/** The verdicts in the order of their keys: 1, 2 and 3. */
export const verdictsByKey = ["pass", "unsure", "fail"] as const satisfies readonly Verdict[];

/** The verdicts on one image, by rater. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** Sorts ratings by the image that they are of. */
export const verdictsByPath = (
  ratings: readonly Pick<Rating, "path" | "rater" | "verdict">[],
): ReadonlyMap<string, Verdicts> =>
  new Map(
    [...Map.groupBy(ratings, ({ path }) => path)].map(([path, ofImage]) => [
      path,
      new Map(ofImage.map(({ rater, verdict }) => [rater, verdict])),
    ]),
  );

/** How much two raters agree beyond chance, and on how many scans that both have rated. */
export type Agreement = { readonly scans: number; readonly kappa: number | null };

/**
 * Cohen's kappa (Educational and Psychological Measurement 20, 1960): 1 where two raters always agree, 0 where they agree as often as chance
 * would. Null where they have rated nothing in common, or both have given one and the same verdict throughout.
 */
export const agreement = (pairs: readonly (readonly [Verdict, Verdict])[]): Agreement => {
  const scans = pairs.length;
  const share = (count: number): number => count / scans;
  const observed = share(pairs.filter(([a, b]) => a === b).length);
  const expected = verdictsByKey.reduce((sum, verdict) => {
    const [first, second] = [0, 1].map((rater) => share(pairs.filter((pair) => pair[rater] === verdict).length));
    return sum + (first ?? 0) * (second ?? 0);
  }, 0);
  return { scans, kappa: scans === 0 || expected === 1 ? null : (observed - expected) / (1 - expected) };
};
