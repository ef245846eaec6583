import {
  derivativeFactsSchema,
  jsonValueSchema,
  levelSchema,
  scanFactsSchema,
  sliceFactsSchema,
  sliceRefSchema,
} from "@rollerblade/abids/facts";
import { z } from "zod";
import { accessQuery, dataAccess } from "./accounts/resources-routes.ts";
import { datasetName } from "./dataset-name.ts";
import { json, jsonRecord } from "./json.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { pinName, queryName } from "./query-reference.ts";
import { route } from "./route.ts";

const text = z.string().max(1024);
const paging = pageQuery();

/** How many subjects are of an age in whole years; null where it is unknown. */
export const ageCount = z.object({ age: z.int().nullable(), subjects: z.int() });

/** A dataset with its statistics: counts are of indexed things, bytes of raw files and of derivatives in force. */
export const datasetSummary = z.object({
  name: z.string(),
  description: jsonRecord.describe("`dataset_description.json`."),
  source: z.string().nullable().describe("The dataset that it was derived from, if that is known and you may read it."),
  subjects: z.int(),
  sessions: z.int(),
  scans: z.int(),
  files: z.int(),
  bytes: z.int(),
  derivatives: z.int().describe("In force."),
  derivativeBytes: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type DatasetSummary = z.output<typeof datasetSummary>;

/** A file of a dataset. */
export const fileSummary = z.object({
  dataset: z.string(),
  path: z.string(),
  kind: z.string(),
  size: z.int(),
  sha256: z.string(),
});

/**
 * A file that is handed out: by a link that expires, or, where only a part of it belongs to the result, by its text.
 */
export const downloadFile = z.object({
  dataset: z.string(),
  path: z.string(),
  size: z.int(),
  sha256: z.string().nullable().describe("Null for what describes derivatives, which grows with them."),
  url: z.string().nullable().describe("Null where `content` is given."),
  content: z.string().nullable(),
  encoding: z
    .literal("base64")
    .exactOptional()
    .describe("That `content` is base64 (RFC 4648): of a table in Latin-1, whose bytes are not UTF-8."),
});
export type DownloadFile = z.output<typeof downloadFile>;

/** One page of a tree of files. */
const downloadPage = pageOf(downloadFile).extend({
  outdated: z
    .int()
    .nullable()
    .default(null)
    .describe(
      "On the first page of a tree with derivatives: how many are not in it because what they were made from has changed. Null on all others.",
    ),
});

/** What lies in a folder: a file, or a folder with more in it. */
export const folderEntry = z.object({
  name: z.string(),
  kind: z.string().describe("`folder`, `derivative`, or what kind of raw file it is."),
  size: z.int().nullable().describe("Null of a folder."),
});
export type FolderEntry = z.output<typeof folderEntry>;

/** A key of a scan's metadata, and where its value comes from. */
export const metadataKey = z.object({
  key: z.string(),
  value: jsonValueSchema,
  file: z.string().describe("The file that gave the value: the nearest to the scan of those that have the key."),
  overridden: z.array(z.string()).describe("Files further up that have the key with another value, the nearest first."),
});
export type MetadataKey = z.output<typeof metadataKey>;

/** One slice of a Query's result with what a table of them shows. */
export const sliceSummary = z.object({
  slice: sliceRefSchema,
  scans: z.int().describe("Scans of the slice that match."),
  suffixes: z.array(z.string()),
  size: z.int().describe("Bytes of their images."),
  age: z
    .number()
    .nullable()
    .describe(
      "`subject.age`, `session.age` in years; null where unknown or where several subjects or sessions are in the slice.",
    ),
  file: z
    .object({ path: z.string(), role: z.string(), size: z.int(), sha256: z.string() })
    .optional()
    .describe("At the level `file`: the image or companion of the scan that the slice names."),
  values: z
    .array(jsonValueSchema)
    .optional()
    .describe(
      "Values of the columns that were asked for, in their order: null where unknown, a list where its scans have several.",
    ),
});
export type SliceSummary = z.output<typeof sliceSummary>;

/** A derivative with its state. */
export const derivativeSummary = derivativeFactsSchema.and(
  z.object({
    state: z.enum(["in-force", "superseded", "withdrawn"]),
    outdated: z
      .boolean()
      .describe("Whether one of its sources has other content now, was made anew, or is outdated itself."),
    createdAt: z.iso.datetime(),
    withdrawnReason: z.string().nullable().describe("Why it was withdrawn."),
    withdrawnBy: z
      .string()
      .nullable()
      .describe("Who withdrew it, or something that it was made from; null where a change of the data did."),
  }),
);
export type DerivativeSummary = z.output<typeof derivativeSummary>;

const spoken = "An expression in CEL, the name of a saved query, or NAME@PIN; an empty one finds everything.";

/** Fields, or expressions of them, that are shown. */
const columns = z
  .array(z.string().min(1).max(1_024))
  .max(50)
  .describe("Fields such as subject.age, or other expressions in CEL such as subject.sessions.size().");

const queryBody = {
  expression: z.string().max(4_096).default("").describe(spoken),
  level: levelSchema
    .optional()
    .describe("By default the level that the saved query or the pin has, `scan` for an expression."),
  datasets: z.array(datasetName).max(1_000).optional().describe("Looks into these only."),
  ...paging,
};

/** What has the same values of the fields by which it is counted. */
export const queryGroup = z.object({
  values: z.array(jsonValueSchema).describe("In the order of `by`; null where unknown."),
  subjects: z.int(),
  sessions: z.int(),
  scans: z.int(),
});

/** What one item of a result is: a slice, or one file. */
export const queryLevel = z.union([levelSchema, z.literal("file")]);
export type QueryLevel = z.output<typeof queryLevel>;

/** A query that has a name. */
export const savedQuery = z.object({
  name: z.string(),
  owner: z.string(),
  expression: z.string(),
  level: levelSchema,
  description: z.string(),
  updatedAt: z.iso.datetime(),
});
export type SavedQuery = z.output<typeof savedQuery>;

/** A saved query at a moment; the numbers are of what you may read. */
export const queryPin = z.object({
  query: z.string(),
  pin: z.string(),
  expression: z.string(),
  level: levelSchema,
  pinnedBy: z.string(),
  createdAt: z.iso.datetime(),
  slices: z.int(),
  scans: z.int(),
  files: z.int(),
  bytes: z.int(),
  outdated: z.int().describe("Derivatives that were pinned and are outdated or no longer in force."),
});
export type QueryPin = z.output<typeof queryPin>;

/** Why a slice is in one result and not in the other, or is not the same in both. */
export const diffReason = z.object({
  scan: z.string(),
  why: z
    .enum(["new", "removed", "changed", "expression", "beside"])
    .describe(
      "`new` and `removed` scans; a field that `changed`; or only the `expression` or what lies beside the scan differs.",
    ),
  field: z.string().nullable(),
  from: json,
  to: json,
});
export type DiffReason = z.output<typeof diffReason>;

/** A slice that came, went, or looks different. */
export const diffItem = z.object({
  slice: sliceRefSchema,
  what: z.enum(["came", "went", "changed"]),
  reasons: z.array(diffReason),
});
export type DiffItem = z.output<typeof diffItem>;

/** A deletion, and whether it is complete. */
export const deletion = z.object({
  id: z.string(),
  dataset: z.string(),
  subject: z.string().nullable(),
  requestedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable().describe("Null as long as objects are being deleted."),
});

/** A value of a field, and how often it comes. */
export const fieldExample = z.object({ value: z.string(), count: z.int() });

/** A field that expressions can ask for. */
export const fieldSummary = z.object({
  name: z.string(),
  types: z.array(z.string()),
  datasets: z.int().nullable().describe("How many of your datasets have it; null for fields that always exist."),
  description: z.string().nullable(),
  units: z.string().nullable(),
  levels: z.record(z.string(), z.string()).describe("The meaning of each value, where a data dictionary gives one."),
  count: z
    .int()
    .nullable()
    .describe(
      "How many subjects, sessions or scans of yours have it, when that was counted last; null where nobody counts.",
    ),
  low: z.number().nullable().describe("Of numbers."),
  high: z.number().nullable(),
  examples: z.array(fieldExample).describe("The most frequent values and how often they come."),
});

/** One slice with all of its scans, as a query found it. */
export const querySlice = sliceFactsSchema.and(
  z.object({
    matched: z
      .array(z.string())
      .optional()
      .describe("Paths of the scans that the query matched; absent where these are all scans of the slice."),
    outdated: z
      .array(z.string())
      .default([])
      .describe("Ids of its derivatives that are outdated: what they were made from has changed since."),
    problem: z.string().optional().describe("Of a pinned slice: why it is no longer what it was."),
  }),
);

const inDataset = z.object({ dataset: datasetName });
const named = z.object({ name: queryName });
const namedPin = named.extend({ pin: pinName });
const places = {
  dataset: datasetName.optional(),
  subject: text.optional(),
  session: text.optional(),
  suffix: text.optional(),
  datatype: text.optional(),
  ...paging,
};

/** Operations of the catalog. What somebody may not read does not exist for them, in no list and no count. */
export const catalogRoutes = {
  listDatasets: route({
    method: "GET",
    path: "/v1/datasets",
    summary: "Datasets that you may read, by name.",
    query: z.object({ name: datasetName.optional().describe("Only the one with this name."), ...paging }),
    response: pageOf(datasetSummary),
  }),
  showDataset: route({
    method: "GET",
    path: "/v1/datasets/:dataset",
    summary: "A dataset with its statistics.",
    params: inDataset,
    response: datasetSummary.extend({ ages: z.array(ageCount) }),
  }),
  showSource: route({
    method: "GET",
    path: "/v1/datasets/:dataset/source",
    summary: "The dataset that a derivative dataset was made from, as far as it is known and you may read it.",
    params: inDataset,
    response: z.object({ source: z.string().nullable() }),
  }),
  setSource: route({
    method: "PUT",
    path: "/v1/datasets/:dataset/source",
    summary:
      "Set the dataset that a derivative dataset was made from, so that `has.derivative` finds it by its pipeline's name.",
    params: inDataset,
    body: z.object({ source: datasetName.nullable() }),
    response: z.undefined(),
  }),
  deleteDataset: route({
    method: "DELETE",
    path: "/v1/datasets/:dataset",
    scope: "admin",
    summary: "Delete a dataset with everything derived from it.",
    params: inDataset,
    response: deletion,
  }),
  deleteSubject: route({
    method: "DELETE",
    path: "/v1/datasets/:dataset/subjects/:subject",
    scope: "admin",
    summary: "Delete a subject with everything derived from it.",
    params: inDataset.extend({ subject: z.string().regex(/^[0-9A-Za-z+]{1,200}$/) }),
    response: deletion,
  }),
  restoreSubject: route({
    method: "POST",
    path: "/v1/datasets/:dataset/subjects/:subject/restore",
    scope: "admin",
    summary: "Allow a deleted subject to be imported again; until then imports and uploads keep it out.",
    params: inDataset.extend({ subject: z.string().regex(/^[0-9A-Za-z+]{1,200}$/) }),
    response: z.undefined(),
  }),
  showDeletion: route({
    method: "GET",
    path: "/v1/datasets/:dataset/deletions/:deletion",
    summary: "How far a deletion is; for who asked for it.",
    params: inDataset.extend({ deletion: z.uuid() }),
    response: deletion,
  }),
  exportDataset: route({
    method: "GET",
    path: "/v1/datasets/:dataset/files",
    summary: "All files of a dataset with links to download them, by path; with `derivatives`, those in force too.",
    params: inDataset,
    query: z.object({ derivatives: z.stringbool().default(false), ...paging }),
    response: downloadPage,
  }),
  listFolder: route({
    method: "GET",
    path: "/v1/datasets/:dataset/folder",
    summary: "What lies in one folder of a dataset, raw files and derivatives in force, by name.",
    params: inDataset,
    query: z.object({
      folder: z.string().max(1024).default("").describe("Relative to the dataset; empty for the dataset itself."),
      ...paging,
    }),
    response: pageOf(folderEntry),
  }),
  explainMetadata: route({
    method: "GET",
    path: "/v1/scans/metadata",
    summary: "The merged metadata of a scan, with the file that each key comes from by the inheritance principle.",
    query: z.object({
      dataset: datasetName,
      path: z.string().min(1).max(1024).describe("Of the scan's data file."),
    }),
    response: z.object({ items: z.array(metadataKey) }),
  }),
  listScans: route({
    method: "GET",
    path: "/v1/scans",
    summary: "Scans with all that is known of them, by dataset and path.",
    query: z.object(places),
    response: pageOf(scanFactsSchema),
  }),
  listFiles: route({
    method: "GET",
    path: "/v1/files",
    summary: "Files by dataset and path.",
    query: z.object({ ...places, prefix: text.optional() }),
    response: pageOf(fileSummary),
  }),
  listDerivatives: route({
    method: "GET",
    path: "/v1/derivatives",
    summary: "Derivatives by dataset and path; those in force, unless another state is asked for.",
    query: z.object({
      ...places,
      analysis: text.optional(),
      output: text.optional(),
      state: z.enum(["in-force", "superseded", "withdrawn"]).default("in-force"),
      outdated: z
        .stringbool()
        .optional()
        .describe("Only those that were made from what is no longer there like that, or only the others."),
      idPrefix: z
        .string()
        .regex(/^[0-9a-f-]{4,36}$/)
        .optional()
        .describe("The beginning of an id."),
    }),
    response: pageOf(derivativeSummary),
  }),
  explainFileAccess: route({
    method: "GET",
    path: "/v1/files/access",
    summary:
      "Who may read a file, raw or derived, and why: whoever may read every dataset that it was made from. For who is admin of all of these, and for everybody about themselves.",
    query: accessQuery.extend({ dataset: datasetName, path: z.string().min(1).max(1024) }),
    response: dataAccess,
  }),
  showDerivative: route({
    method: "GET",
    path: "/v1/derivatives/:derivative",
    summary: "A derivative, in force or not.",
    params: z.object({ derivative: z.uuid() }),
    response: derivativeSummary,
  }),
  withdrawDerivative: route({
    method: "POST",
    path: "/v1/derivatives/:derivative/withdraw",
    summary:
      "Withdraw a derivative, with everything that was made from it; for contributors of its dataset. Whatever calls for it makes it anew.",
    params: z.object({ derivative: z.uuid() }),
    body: z.object({
      reason: text.default("").describe("Is shown with what was withdrawn, and published with it."),
    }),
    response: z.object({
      withdrawn: z
        .int()
        .describe("How many derivatives were withdrawn, of those that you may read; 0 where it was withdrawn before."),
    }),
  }),
  linkFile: route({
    method: "GET",
    path: "/v1/files/link",
    summary: "A link to download one file, raw or derived.",
    query: z.object({ dataset: datasetName, path: z.string().min(1).max(1024) }),
    response: downloadFile,
  }),
  readFile: route({
    method: "GET",
    path: "/v1/files/content",
    summary: "The bytes of one file, raw or derived.",
    query: z.object({ dataset: datasetName, path: z.string().min(1).max(1024) }),
    responseType: "application/octet-stream",
    response: z.string(),
  }),
  showPicture: route({
    method: "GET",
    path: "/v1/files/picture",
    summary:
      "A small picture of a NIfTI image, raw or derived: three slices, and of a series the temporal signal-to-noise ratio below its mean. The person's left is on the left.",
    query: z.object({ dataset: datasetName, path: z.string().min(1).max(1024) }),
    responseType: "image/webp",
    response: z.string(),
  }),
  runQuery: route({
    method: "POST",
    path: "/v1/queries/run",
    scope: "read",
    summary: "Slices of a level that have a scan for which the expression is true.",
    body: z.object({
      ...queryBody,
      level: queryLevel.optional(),
      count: z
        .boolean()
        .default(false)
        .describe(
          "Also counts all slices, and the scans for which the expression is neither true nor false, if that is quick.",
        ),
      columns: columns.default([]).describe("What is shown of each item. By default nothing beside its name and size."),
    }),
    response: pageOf(sliceSummary).extend({
      expression: z
        .string()
        .describe("The expression that was asked: of a saved query the one that it stands for, of a pin `NAME@PIN`."),
      level: queryLevel,
      total: z.int().nullable(),
      unknown: z.int().nullable().describe("Scans for which a field of the expression is missing."),
      notices: z
        .array(z.string())
        .default([])
        .describe("What the expression asks for that could be, and that no dataset that was looked into has."),
    }),
  }),
  countQuery: route({
    method: "POST",
    path: "/v1/queries/count",
    scope: "read",
    summary: "How many subjects, sessions and scans a query finds, by the values of fields; the largest groups first.",
    body: z.object({
      expression: z.string().max(4_096).default("").describe(spoken),
      datasets: z.array(datasetName).max(1_000).optional().describe("Looks into these only."),
      by: columns.min(1),
      ...pageQuery({ limit: 1_000, maxLimit: 10_000 }),
    }),
    response: pageOf(queryGroup),
  }),
  querySlices: route({
    method: "POST",
    path: "/v1/slices",
    scope: "read",
    summary: "The same slices with all of their scans, and derivatives in force unless they are left out.",
    body: z.object({
      ...queryBody,
      derivatives: z
        .boolean()
        .default(true)
        .describe("Whether to answer with derivatives; each slice repeats those of its dataset."),
      ...pageQuery({ maxLimit: 500 }),
    }),
    response: pageOf(querySlice),
  }),
  queryFiles: route({
    method: "POST",
    path: "/v1/queries/files",
    scope: "read",
    summary:
      "What belongs to the slices of a query as a BIDS tree: files with links, and the tables cut to the subjects found. A file may be named on several pages.",
    body: z.object({ ...queryBody, derivatives: z.boolean().default(false) }),
    response: downloadPage,
  }),
  checkQuery: route({
    method: "POST",
    path: "/v1/queries/check",
    scope: "read",
    summary: "Check an expression, and see its SQL and how the database goes about it.",
    body: z.object({ ...queryBody, level: queryLevel.optional() }),
    response: z.object({
      fields: z.array(z.string()),
      unseen: z
        .array(z.object({ field: z.string(), nearest: z.array(z.string()) }))
        .describe("Fields that no dataset of yours has, with names that are near."),
      sql: z.string(),
      values: z.array(z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
      plan: z
        .array(z.string())
        .describe(
          "The plan of PostgreSQL, one step a line. Only administrators see its estimates, since these reveal data of all datasets.",
        ),
    }),
  }),
  listSavedQueries: route({
    method: "GET",
    path: "/v1/queries",
    summary: "Saved queries that you may use, by name.",
    query: z.object(paging),
    response: pageOf(savedQuery),
  }),
  showSavedQuery: route({
    method: "GET",
    path: "/v1/queries/:name",
    summary: "A saved query.",
    params: named,
    response: savedQuery,
  }),
  saveQuery: route({
    method: "PUT",
    path: "/v1/queries/:name",
    summary: "Give a query a name, or change what is behind a name of yours.",
    params: named,
    body: z.object({
      expression: z.string().max(4_096),
      level: levelSchema.default("scan"),
      description: text.default(""),
    }),
    response: savedQuery,
  }),
  deleteSavedQuery: route({
    method: "DELETE",
    path: "/v1/queries/:name",
    summary: "Forget a saved query of yours, with its pins.",
    params: named,
    response: z.undefined(),
  }),
  listPins: route({
    method: "GET",
    path: "/v1/queries/:name/pins",
    summary: "The pins of a saved query, the newest first.",
    params: named,
    query: z.object(paging),
    response: pageOf(queryPin),
  }),
  pinQuery: route({
    method: "PUT",
    path: "/v1/queries/:name/pins/:pin",
    summary:
      "Keep what a saved query finds now: the exact scans, what is known of them, and the hashes of their files.",
    params: namedPin,
    response: queryPin,
  }),
  deletePin: route({
    method: "DELETE",
    path: "/v1/queries/:name/pins/:pin",
    summary: "Forget a pin.",
    params: namedPin,
    response: z.undefined(),
  }),
  diffQueries: route({
    method: "POST",
    path: "/v1/queries/diff",
    scope: "read",
    summary:
      "Which slices come, go or change from one query to another (each an expression, NAME, or NAME@PIN), and why.",
    body: z.object({
      from: z.string().max(4_096),
      to: z.string().max(4_096),
      level: levelSchema.optional().describe("By default the level of what is saved, else scan."),
      ...paging,
    }),
    response: pageOf(diffItem).extend({ level: levelSchema, came: z.int(), went: z.int(), changed: z.int() }),
  }),
  listFields: route({
    method: "GET",
    path: "/v1/fields",
    summary: "What can be asked, by name: the fields that always exist, and those that your datasets bring along.",
    query: z.object({
      dataset: datasetName.optional(),
      prefix: text.default(""),
      ...pageQuery({ limit: 20_000, maxLimit: 20_000 }),
    }),
    response: pageOf(fieldSummary),
  }),
} as const;
