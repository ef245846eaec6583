import { z } from "zod";
import { datasetName } from "./dataset-name.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

/** What a person thinks of an image, from the worst to the best. */
export const verdicts = ["fail", "unsure", "pass"] as const;
const verdict = z.enum(verdicts).describe("What the person thinks of the image.");
/** One of them. */
export type Verdict = z.output<typeof verdict>;

const scanPath = z.string().min(1).max(1_000).describe("Path of the image within its dataset.");

/** What one person thinks of one image. */
const rating = z.object({
  path: scanPath,
  rater: z.string().describe("Who rated it."),
  verdict,
  note: z.string().nullable().describe("Why; null where they did not say."),
  ratedAt: z.iso.datetime().describe("When it was last rated by them."),
});
/** One rating. */
export type Rating = z.output<typeof rating>;

const inDataset = z.object({ dataset: datasetName });

/** The ratings of one image after a change, and how they become files. */
const ratedScan = z.object({
  ratings: z.array(rating).describe("All ratings of the image, by rater."),
  analysis: z.string().describe("The analysis as whose outputs rules, tags and queries find them: `rating-t1w`."),
  run: z.uuid().describe("The run that publishes them."),
});

/** Operations on the ratings of images, which are derivatives of the images. */
export const ratingRoutes = {
  rate: route({
    method: "PUT",
    path: "/v1/datasets/:dataset/ratings",
    summary: "Rate an image; your earlier rating of it is replaced. It becomes a derivative, which pipelines follow.",
    params: inDataset,
    body: z.object({
      path: scanPath,
      verdict,
      note: z.string().min(1).max(500).optional().describe("Why, for those who read it later."),
    }),
    response: ratedScan,
  }),
  listRatings: route({
    method: "GET",
    path: "/v1/datasets/:dataset/ratings",
    summary: "What people think of the images of a dataset, by path and rater.",
    params: inDataset,
    query: z.object({
      suffix: z.string().max(100).optional().describe("Only of images of one kind. Example: `T1w`."),
      ...pageQuery(),
    }),
    response: pageOf(rating),
  }),
  withdrawRating: route({
    method: "DELETE",
    path: "/v1/datasets/:dataset/ratings",
    summary: "Take your own rating of an image back; the derivative that held the last one goes.",
    params: inDataset,
    query: z.object({ path: scanPath }),
    response: ratedScan,
  }),
} as const;
