import type { JsonObject } from "@rollerblade/abids";
import { type Manifest, parseManifest } from "@rollerblade/analysis";
import { type Rating, type Verdict, verdicts } from "@rollerblade/client";
import { ratingPrefix } from "../analyses/reserved-names.ts";

/** What the document of an image says of one rating. */
export type Rated = Omit<Rating, "path">;

/** Stands where other versions have the hash of their code: what it identifies is the form of the document. */
export const ratingCode = "rating:1";

/**
 * Returns the manifest of the analysis as whose outputs the ratings of one kind of image are published, an analysis for each kind: the
 * outputs of the T1w image and of the T2w image of one person would have the same names in one folder. BIDS has no suffix for ratings, so that the
 * folder names them in its `.bidsignore`; as `_T1w.json` they would be sidecars without an image.
 * @example ratingManifest("T1w").name // "rating-t1w"
 */
export const ratingManifest = (suffix: string): { readonly manifest: Manifest; readonly source: string } => {
  const outputs = [
    `  rating: {name: "{entities}_desc-qc_rating.json", required: false}`,
    ...verdicts.map((one) => `  ${one}: {name: "{entities}_desc-qc${one}_rating.json", required: false}`),
  ];
  const source = `name: ${ratingPrefix}${suffix.toLowerCase()}
version: 1.0.0
description: What people think of the ${suffix} image
process: [people]
level: scan
inputs:
  image: {suffix: ${suffix}, extension: [.nii.gz, .nii]}
outputs:
${outputs.join("\n")}
`;
  return { manifest: parseManifest(source), source };
};

/** Returns the verdict that counts where several people rated an image: the worst. Undefined where nobody did. */
export const commonVerdict = (ratings: readonly Pick<Rated, "verdict">[]): Verdict | undefined =>
  verdicts.find((verdict) => ratings.some((one) => one.verdict === verdict));

/** Returns what the derivative of an image says: the verdict that counts, and who gave which one when. Its keys are written as BIDS' own. */
export const ratingDocument = (ratings: readonly Rated[]): JsonObject => ({
  Verdict: commonVerdict(ratings) ?? null,
  Ratings: ratings.map(({ rater, verdict, note, ratedAt }) => ({
    ...{ Rater: rater, Verdict: verdict, RatedAt: ratedAt },
    ...(note !== null && { Note: note }),
  })),
});

/**
 * Returns the outputs that hold the document: `rating` always, and the one that is called as the verdict, so that a rule can start from
 * `{analysis: rating-t1w, output: pass}`. None where nobody rates the image any more.
 */
export const outputsOfRatings = (ratings: readonly Rated[]): readonly string[] => {
  const verdict = commonVerdict(ratings);
  return verdict === undefined ? [] : ["rating", verdict];
};
