import { levelSchema, sliceRefSchema } from "@rollerblade/abids/facts";
import { z } from "zod";
import { accessQuery, dataAccess } from "./accounts/resources-routes.ts";
import { datasetName } from "./dataset-name.ts";
import { json } from "./json.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

const label = z.string().regex(/^[0-9A-Za-z+]{1,200}$/);
const page = pageQuery();

/** How a front end shows a result. */
export const resultKind = z.enum(["metric", "image", "table", "chart", "document", "file"]);

/** One thing to show, complete: nobody has to know how the pipeline is built. */
export const result = z.object({
  id: z.uuid(),
  dataset: z.string(),
  slice: sliceRefSchema.describe("What it is about: a session, a scan, a subject, or the dataset."),
  document: z.string(),
  tag: z.string(),
  position: z.int().describe("Place among the tags of its document, from 0."),
  title: z.string(),
  description: z.string().nullable(),
  kind: resultKind,
  value: json.describe("Of a metric: the value, taken out of the file."),
  unit: z.string().nullable(),
  digits: z.int().nullable().describe("Of a metric: digits after the point, or null for all there are."),
  /** Of a table: its columns and first rows. */
  table: z
    .object({
      columns: z.array(z.string()),
      rows: z.array(z.array(json)),
      more: z.boolean().describe("Whether the file has more rows than these."),
    })
    .nullable(),
  problem: z.string().describe("Why nothing could be taken out of the file; empty when all is well."),
  derivative: z.object({
    id: z.uuid(),
    path: z.string(),
    extension: z.string(),
    size: z.int().describe("Bytes."),
    sha256: z.string(),
    analysis: z.string(),
    version: z.string(),
  }),
  url: z.string().describe("A link to the file; it expires after five minutes."),
  taggedAt: z.iso.datetime(),
});
export type Result = z.output<typeof result>;

/** What is shown of the outputs of an analysis. */
export const tagSummary = z.object({
  document: z.string(),
  tag: z.string(),
  position: z.int(),
  title: z.string(),
  description: z.string().nullable(),
  kind: resultKind,
  analysis: z.string(),
  version: z.string(),
  output: z.string(),
});
export type TagSummary = z.output<typeof tagSummary>;

/** Operations of the tagger. */
export const taggerRoutes = {
  listResults: route({
    method: "GET",
    path: "/v1/results",
    summary:
      "All that should be shown, in order: of a session, of a subject, of a dataset. Without a dataset, of all that you may read.",
    query: z.object({
      ...page,
      dataset: datasetName.optional(),
      subject: label.optional(),
      session: label.optional(),
      level: levelSchema
        .optional()
        .describe("Only what is about slices of this level; `dataset` for what is about nobody in particular."),
      document: z.string().max(63).optional(),
      tag: z.string().max(200).optional(),
      since: z.iso.datetime().optional().describe("Only what was tagged at that moment or later."),
    }),
    response: pageOf(result),
  }),
  explainResultAccess: route({
    method: "GET",
    path: "/v1/results/:id/access",
    summary:
      "Who may see a result, and why: whoever may read every dataset that its file was made from. For who is admin of all of these, and for everybody about themselves.",
    params: z.object({ id: z.uuid() }),
    query: accessQuery,
    response: dataAccess,
  }),
  listTags: route({
    method: "GET",
    path: "/v1/tags",
    summary: "Tags of the documents in force that speak for a dataset, in order.",
    query: z.object({ ...page, dataset: datasetName }),
    response: pageOf(tagSummary),
  }),
} as const;
