import { z } from "zod";
import { datasetName } from "./dataset-name.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

const label = z.string().regex(/^[0-9A-Za-z+]{1,200}$/, "a label of BIDS: letters, digits and +, without sub- or ses-");

/** Without control characters, in the words that regular expressions of other languages share (`\p{Cc}` is not among them). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point.
const oneLine = /^[^\x00-\x1f\x7f-\x9f]*$/;

/** A cell of a table: one line, without tabs; what is unknown is `n/a`. */
const cell = z.string().max(1_000).regex(oneLine, "one line without tabs");
const column = z.string().min(1).max(200).regex(oneLine, "one line without tabs");

/** A cell of a table of people that somebody set. */
export const correction = z.object({
  id: z.uuid(),
  dataset: z.string(),
  subject: z.string(),
  session: z.string().nullable(),
  file: z.string().describe("Path of the table in the dataset."),
  column: z.string(),
  before: z.string().nullable().describe("What the cell held; null where the table had no such row or column."),
  after: z.string(),
  author: z.string(),
  reason: z.string().nullable(),
  undoOf: z.uuid().nullable().describe("The correction that this one takes back."),
  undoneBy: z.uuid().nullable().describe("The correction that took this one back."),
  at: z.iso.datetime(),
});
export type Correction = z.output<typeof correction>;

/** The cells of one row that are set together, or not at all. */
const correctionBody = z.object({
  subject: label.describe("Label of the person, without sub-."),
  session: label
    .optional()
    .describe("Label of a session, without ses-: sets cells of sessions.tsv, or of the session's row in phenotype."),
  phenotype: z
    .string()
    .regex(/^[0-9A-Za-z_+-]{1,200}$/)
    .optional()
    .describe("Name of a table in phenotype/, without .tsv; by default participants.tsv or sessions.tsv is meant."),
  values: z
    .record(column, cell)
    .refine((values) => Object.keys(values).length > 0, "at least one value")
    .refine((values) => Object.keys(values).length <= 100, "at most 100 values")
    .describe("What the cells are to hold, by column; n/a for what is unknown. An age may have a unit (18 months)."),
  was: z
    .record(column, cell)
    .default({})
    .describe("What cells must hold now, by column; otherwise nothing is set, and the answer is 409."),
  addColumns: z
    .boolean()
    .default(false)
    .describe("Let the table get columns that it does not have; age, sex and handedness it may always get."),
  reason: z.string().min(1).max(500).optional().describe("Why, for the history."),
});

const inDataset = z.object({ dataset: datasetName });

/** Operations on single cells of the tables of people. */
export const correctionRoutes = {
  correct: route({
    method: "POST",
    path: "/v1/datasets/:dataset/corrections",
    summary:
      "Set cells of one person or session in participants.tsv, sessions.tsv or a phenotype table; queries and pipelines follow.",
    params: inDataset,
    body: correctionBody,
    response: z.object({
      items: z.array(correction),
      table: z
        .object({ path: z.string(), sha256: z.string() })
        .describe("The table as it is now; the catalog answers by it once it has the same hash there."),
    }),
  }),
  listCorrections: route({
    method: "GET",
    path: "/v1/datasets/:dataset/corrections",
    summary: "Cells that somebody set, newest first, with what they held before and by whom they were set.",
    params: inDataset,
    query: z.object({
      subject: label.optional(),
      ...pageQuery(),
    }),
    response: pageOf(correction),
  }),
  undoCorrection: route({
    method: "POST",
    path: "/v1/datasets/:dataset/corrections/:correction/undo",
    summary: "Set a cell back to what it held before a correction; 409 when it holds something else by now.",
    params: inDataset.extend({ correction: z.uuid() }),
    response: correction,
  }),
} as const;
