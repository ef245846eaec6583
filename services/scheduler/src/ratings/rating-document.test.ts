import { unofficialOutputs } from "@rollerblade/analysis/bids-ignore";
import { expect, test } from "vitest";
import { commonVerdict, outputsOfRatings, type Rated, ratingDocument, ratingManifest } from "./rating-document.ts";

const rated = (rater: string, verdict: Rated["verdict"], note: string | null = null): Rated => ({
  ...{ rater, verdict, note, ratedAt: "2026-12-01T00:00:00.000Z" },
});

test.each([
  [[], undefined],
  [[rated("ada", "pass")], "pass"],
  [[rated("ada", "pass"), rated("bob", "unsure")], "unsure"],
  [[rated("ada", "fail"), rated("bob", "unsure"), rated("cyd", "pass")], "fail"],
] as const)("the worst verdict counts: %#", (ratings, verdict) => {
  expect(commonVerdict(ratings)).toBe(verdict);
  expect(outputsOfRatings(ratings)).toEqual(verdict === undefined ? [] : ["rating", verdict]);
});

test("the document names who gave which verdict when, and why where they wrote it", () => {
  expect(ratingDocument([rated("ada", "pass"), rated("bob", "fail", "It moves.")])).toEqual({
    Verdict: "fail",
    Ratings: [
      { Rater: "ada", Verdict: "pass", RatedAt: "2026-12-01T00:00:00.000Z" },
      { Rater: "bob", Verdict: "fail", RatedAt: "2026-12-01T00:00:00.000Z", Note: "It moves." },
    ],
  });
});

test.each(["T1w", "bold", "PDw", "asl"])(
  "each kind of image has an analysis whose outputs have names that are no sidecars: %s",
  (suffix) => {
    const { manifest } = ratingManifest(suffix);
    expect(manifest.name).toBe(`rating-${suffix.toLowerCase()}`);
    const templates = manifest.outputs.map((output) => ("tree" in output ? "" : output.template));
    expect(new Set(templates).size).toBe(4);
    expect(templates[0]).toBe("{entities}_desc-qc_rating.json");
    // The official validator would take a name that BIDS has for the sidecar of an image that is not there.
    expect(unofficialOutputs(manifest)).toHaveLength(4);
  },
);
