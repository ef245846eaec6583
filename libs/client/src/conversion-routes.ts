import { z } from "zod";
import { datasetName } from "./dataset-name.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

/**
 * Where a conversion stands. `open` takes files of the source; `waiting` and `running` are carried out by the server; `planned` and
 * `refused` can be run again, with another mapping; the others are final.
 */
export const conversionState = z.enum([
  "open",
  "waiting",
  "running",
  "planned",
  "refused",
  "imported",
  "failed",
  "cancelled",
  "expired",
]);
export type ConversionState = z.output<typeof conversionState>;

/** What becomes of one file of a source. */
export const convertedFile = z.object({
  source: z.string().describe("Its path in the source; a member of an archive has `!/` behind the archive's."),
  is: z
    .enum(["converted", "companion", "table", "ignored", "not-chosen", "unmatched", "refused"])
    .describe("What it becomes: `companion` goes with an image, `table` into tables."),
  targets: z.array(z.string()).describe("The images of the dataset that it becomes a part of."),
  reason: z.string().nullable().describe("Why it becomes nothing."),
});
export type ConvertedFile = z.output<typeof convertedFile>;

/** What a plan found, and what was made of it. */
export const conversionReport = z.object({
  counts: z.record(z.string(), z.int()).describe("Files of the source by what they become: all of them."),
  images: z.int().describe("Images that the dataset has."),
  subjects: z.int().describe("People that the dataset has."),
  documents: z.array(z.string()).describe("Tables and documents that the dataset has."),
  errors: z.int().describe("Findings that keep it from being carried out."),
  warnings: z.int().describe("Findings that do not."),
  findings: z
    .array(z.object({ severity: z.enum(["error", "warning"]), where: z.string(), message: z.string() }))
    .describe("What is wrong with the source, the mapping, and the dataset by BIDS; only the first thousand."),
  removed: z.record(z.string(), z.int()).describe("What de-identification takes out, with how often."),
  judgedAfterConversion: z.int().describe("Images whose header is judged once they are converted."),
  converted: z.int().nullable().describe("Images that were converted; null as long as it is a plan."),
});
export type ConversionReport = z.output<typeof conversionReport>;

/** A conversion as whoever began it sees it; nobody else does, but for administrators. */
export const conversionStatus = z.object({
  id: z.uuid(),
  dataset: datasetName,
  uploader: z.string(),
  state: conversionState,
  address: z.string().nullable().describe("Where the server reads the source, when it was not sent."),
  files: z.int().describe("Files of the source that were sent."),
  bytes: z.int(),
  progress: z
    .object({
      phase: z.string().describe("What is being done."),
      done: z.int(),
      of: z.int(),
    })
    .nullable()
    .describe("How far it is; null while nothing is done."),
  report: conversionReport.nullable().describe("What the last plan found; null without one."),
  problem: z.string().nullable().describe("Why it was refused or failed."),
  next: z.string().nullable().describe("What to do about it."),
  import: z.uuid().nullable().describe("The import by which the result came into the dataset."),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ConversionStatus = z.output<typeof conversionStatus>;

/** The largest mapping and the largest table of labels, in characters. */
const maxMapping = 256 * 1024;
const maxLabels = 16 * 2 ** 20;

const byId = z.object({ conversion: z.uuid().describe("Id of the conversion.") });

/** Operations on conversions to BIDS. */
export const conversionRoutes = {
  beginConversion: route({
    method: "POST",
    path: "/v1/conversions",
    summary: "Begin a conversion to BIDS: what it makes is imported into the dataset.",
    body: z.object({
      dataset: datasetName,
      address: z
        .string()
        .max(4096)
        .optional()
        .describe(
          "s3://bucket/prefix or file:///folder, which the server reads: for administrators. Without it, the files are sent.",
        ),
    }),
    response: conversionStatus,
  }),
  putConversionFile: route({
    method: "PUT",
    path: "/v1/conversions/:conversion/source",
    summary:
      "Send one file of the source (application/octet-stream): an archive, an image or a table. The same path again replaces it.",
    params: byId,
    query: z.object({
      path: z.string().min(1).max(1024).describe("Its path in the source: `export.zip`, `tables/a.csv`."),
    }),
    bodyType: "application/octet-stream",
    response: z.object({ path: z.string(), size: z.int(), sha256: z.string() }),
  }),
  runConversion: route({
    method: "POST",
    path: "/v1/conversions/:conversion/run",
    summary: "Plan the conversion, or carry it out; ask for its state until that is neither `waiting` nor `running`.",
    params: byId,
    body: z.object({
      mapping: z.string().min(1).max(maxMapping).describe("The mapping, as YAML, or the name of a ready one."),
      plan: z.boolean().default(false).describe("Report what would become of every file, and change nothing."),
      labels: z
        .string()
        .min(2)
        .max(maxLabels)
        .optional()
        .describe("The secret table of labels that an earlier conversion made, where the mapping asks for one."),
      force: z.boolean().default(false).describe("Carry it out although BIDS finds errors in the result."),
    }),
    response: conversionStatus,
  }),
  showConversion: route({
    method: "GET",
    path: "/v1/conversions/:conversion",
    summary: "The state of a conversion, with the report of its plan.",
    params: byId,
    response: conversionStatus,
  }),
  listConversionFiles: route({
    method: "GET",
    path: "/v1/conversions/:conversion/files",
    summary: "Every file of the source with what it becomes or why it becomes nothing, by path.",
    params: byId,
    query: z.object(pageQuery({ limit: 1000 })),
    response: pageOf(convertedFile),
  }),
  readConversionLabels: route({
    method: "GET",
    path: "/v1/conversions/:conversion/labels",
    scope: "write",
    summary:
      "The secret table of labels that the last run used or made; keep it, since the server forgets it with the conversion.",
    params: byId,
    response: z.object({
      labels: z
        .string()
        .nullable()
        .describe("The table as the file that `--labels` names; null where none was needed."),
    }),
  }),
  cancelConversion: route({
    method: "DELETE",
    path: "/v1/conversions/:conversion",
    summary: "End a conversion; what was sent for it, its report and its labels are forgotten.",
    params: byId,
    response: conversionStatus,
  }),
} as const;
