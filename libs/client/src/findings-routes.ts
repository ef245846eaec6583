import { z } from "zod";
import { datasetName } from "./dataset-name.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

/**
 * `error`: BIDS forbids it, or nobody can read it. `warning`: BIDS recommends otherwise, or somebody will stumble over
 * it.
 */
export const findingSeverity = z.enum(["error", "warning"]);

const longText = z.string().max(4_096);

/** One thing that is wrong with a dataset, with all that a person needs to fix it. */
export const datasetFinding = z.object({
  severity: findingSeverity,
  rule: z.string().min(1).max(64).describe("The rule that is broken, for example `name-syntax`."),
  file: longText.describe("Relative to the dataset; empty for the dataset as a whole."),
  message: longText,
  advice: longText.describe("What to do about it."),
  section: longText.describe("Link to the section of the BIDS specification that requires it; empty where none does."),
});
export type ReportedFinding = z.output<typeof datasetFinding>;

/** The same in a report, where nothing else may stand beside it. */
export const reportedFinding = datasetFinding.strict();

/** Stands as `foundBy` of what the catalog found in files that no import brought: the nil UUID of RFC 9562. */
export const noImport = "00000000-0000-0000-0000-000000000000";

/** Marks a field that goes with the next major version, and names the one to read instead. */
const deprecated = (instead: string) => ({ deprecated: true, description: `Deprecated: read \`${instead}\`.` });

/** A finding with the import that found it and the one that fixed it. */
export const keptFinding = datasetFinding.extend({
  foundBy: z.uuid().describe("Of what the catalog found, the newest import that had begun; `noImport` without one."),
  foundAt: z.iso.datetime(),
  fixedBy: z.uuid().nullable(),
  fixedAt: z.iso.datetime().nullable(),
  mendedBy: z.uuid().nullable().meta(deprecated("fixedBy")),
  mendedAt: z.iso.datetime().nullable().meta(deprecated("fixedAt")),
});
export type KeptFinding = z.output<typeof keptFinding>;

/** The number of findings that an import brought and fixed. */
export const importFindings = z.object({
  import: z.uuid(),
  uploader: z.string(),
  finishedAt: z.iso.datetime(),
  found: z.int(),
  fixed: z.int(),
  mended: z.int().meta(deprecated("fixed")),
});
export type ImportFindings = z.output<typeof importFindings>;

/** How often a rule is broken, with what to do about it. */
export const findingGroup = z.object({
  severity: findingSeverity,
  rule: z.string(),
  count: z.int(),
  advice: z.string(),
  section: z.string(),
});
export type FindingGroup = z.output<typeof findingGroup>;

/** The largest number of findings in one part of a report, so that its request stays below 1 MiB. */
export const reportPart = 2_000;

/** The largest number of findings in a whole report: nobody reads more. */
export const maxReported = 100_000;

const inDataset = z.object({ dataset: datasetName });
const paging = pageQuery();

/** Operations on what is wrong with datasets. */
export const findingsRoutes = {
  reportFindings: route({
    method: "PUT",
    path: "/v1/imports/:import/report/:part",
    summary:
      "Send the findings of a dataset that is being imported, in parts from 0 on; they take effect with the last part, once the import is committed.",
    params: z.object({
      import: z.uuid(),
      part: z.coerce
        .number()
        .int()
        .min(0)
        .max(maxReported / reportPart),
    }),
    body: z.object({ findings: z.array(reportedFinding).max(reportPart), last: z.boolean() }),
    response: z.undefined(),
  }),
  listFindings: route({
    method: "GET",
    path: "/v1/datasets/:dataset/findings",
    summary:
      "What is wrong with a dataset: errors, then warnings, by file; now, with what the catalog found in it, or as an import left it.",
    params: inDataset,
    query: z.object({
      severity: findingSeverity.optional(),
      rule: z.string().max(64).optional(),
      import: z.uuid().optional(),
      ...paging,
    }),
    response: pageOf(keptFinding).extend({
      errors: z.int(),
      warnings: z.int(),
      complete: z.boolean().describe("Whether somebody looked through all of it since it last changed."),
    }),
  }),
  groupFindings: route({
    method: "GET",
    path: "/v1/datasets/:dataset/findings/groups",
    summary: "What is wrong with a dataset now, by rule: errors, then warnings, the most frequent first.",
    params: inDataset,
    response: z.object({
      items: z.array(findingGroup),
      complete: z.boolean().describe("Whether somebody looked through all of it since it last changed."),
    }),
  }),
  listFindingHistory: route({
    method: "GET",
    path: "/v1/datasets/:dataset/findings/history",
    summary: "Imports of a dataset with the number of findings that each of them brought and fixed, newest first.",
    params: inDataset,
    query: z.object(paging),
    response: pageOf(importFindings),
  }),
} as const;
