import { z } from "zod";
import { datasetName } from "./dataset-name.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { findingSchema } from "./problem-document.ts";
import { route } from "./route.ts";

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hex digits");
const size = z.int().min(0);
const counts = z.object({ added: z.int(), changed: z.int(), removed: z.int(), unchanged: z.int() });

/** Most files of one part of a manifest. */
export const manifestPart = 5_000;

/** Most bytes of a pack, its first line aside. */
export const packBytes = 8 * 2 ** 20;

/** The first line of a pack. */
export const packIndex = z
  .array(z.tuple([sha256, size]))
  .min(1)
  .max(2_000);

const path = z.string().min(1).max(4096);
/** What the origin states about the content of a file, such as an ETag; null where that is not reliable. */
const version = z.string().max(200).nullable();

/** One file of a listing, with what is known of it without reading it. */
export const listedFile = z.strictObject({ path, size, version });
export type ListedFile = z.output<typeof listedFile>;

/** One file of a manifest: its path in the dataset, its bytes and their hash. */
export const manifestFile = z.strictObject({ path, size, sha256, version: version.optional() });
export type ManifestFile = z.output<typeof manifestFile>;

/**
 * Where an import stands. `open` takes manifest and bytes; `reading` lists and reads what stays in place; `committing`
 * is being checked; `publishing` was accepted and will be complete whatever happens; the others are final. `planned` is
 * the end of a dry run: it says what would change, and nothing did.
 */
export const importState = z.enum([
  "open",
  "reading",
  "committing",
  "publishing",
  "committed",
  "refused",
  "superseded",
  "aborted",
  "expired",
  "planned",
]);
export type ImportState = z.output<typeof importState>;

/** What an import changed; null as long as it is not accepted. */
export const importSummary = z.object({
  scans: counts,
  files: counts,
  skipped: z.record(z.string(), z.int()).describe("Files that took no part, by reason."),
  gone: z.array(z.string()).default([]).describe("Files that the dataset lost; only the first ones are named."),
  added: z
    .array(z.string())
    .default([])
    .describe("New files, and files with other bytes; only the first ones are named."),
  changed: z.array(z.string()).default([]),
  kept: z
    .int()
    .default(0)
    .describe("How many files the source no longer has, which the dataset keeps; a mirror removes them."),
  keptPaths: z.array(z.string()).default([]).describe("The first ones of these."),
});
export type ImportSummary = z.output<typeof importSummary>;

/** An import as everybody sees it who may. */
export const importStatus = z.object({
  id: z.uuid(),
  dataset: datasetName,
  uploader: z.string(),
  mode: z
    .enum(["mirror", "add", "upload"])
    .describe(
      "`add`: what the source no longer has is kept. `mirror`: it is removed. `upload`: a few scans that somebody sent.",
    ),
  dryRun: z.boolean().default(false).describe("Whether it only says what it would change."),
  state: importState,
  location: z.string().nullable().describe("Where the files stay, when they are not copied."),
  listed: z.int().describe("Files that were looked at."),
  publish: z.object({ done: z.int(), of: z.int() }).describe("Files to copy to their names, and how many are there."),
  trouble: z
    .string()
    .nullable()
    .default(null)
    .describe("Why it does not go on, for example a full disk; it is tried again every few seconds."),
  summary: importSummary.nullable(),
  findings: z
    .array(findingSchema)
    .describe(
      "What is wrong with the dataset: all that speaks against it when it was refused, else what was left out or cannot be read.",
    ),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ImportStatus = z.output<typeof importStatus>;

const byId = z.object({ import: z.uuid() });

/** Operations of ingest. */
export const ingestRoutes = {
  beginImport: route({
    method: "POST",
    path: "/v1/imports",
    summary: "Begin the import of a whole dataset; an open one of the same person goes on where it was.",
    body: z.object({
      dataset: datasetName,
      mode: z
        .enum(["add", "mirror"])
        .default("add")
        .describe("add: keep what the source no longer has. mirror: remove it."),
      force: z
        .boolean()
        .default(false)
        .describe("Let a mirror remove more than half of the dataset's files, which is refused otherwise."),
      dryRun: z.boolean().default(false).describe("Report what would change, and change nothing."),
      strict: z.boolean().default(false).describe("Refuse all of it when anything is wrong with it."),
      inPlace: z
        .string()
        .max(4096)
        .optional()
        .describe("file:///folder or s3://bucket/prefix: the server reads the files from there, and they stay there."),
    }),
    response: importStatus,
  }),
  listImportFiles: route({
    method: "POST",
    path: "/v1/imports/:import/listing",
    summary:
      "Send the list of the dataset's files, in parts sorted by the bytes of their paths; the response names those that are new or changed.",
    params: byId,
    body: z.object({
      after: z.string().max(4096).nullable().describe("The `to` of the part before; null for the first one."),
      to: z.string().max(4096).nullable().describe("The last path that the part speaks of; null for all that is left."),
      files: z.array(listedFile).max(manifestPart),
      unknown: z.array(path).default([]).describe("Folders that could not be listed."),
      skipped: z.record(z.string(), z.int()).default({}),
      findings: z.array(findingSchema).max(manifestPart).default([]),
    }),
    response: z.object({ changed: z.array(z.string()) }),
  }),
  addManifest: route({
    method: "POST",
    path: "/v1/imports/:import/files",
    summary:
      "Send the hashes of new and changed files, in parts; the response names the contents that the server does not have.",
    params: byId,
    body: z.object({
      files: z.array(manifestFile).max(manifestPart),
      findings: z.array(findingSchema).max(manifestPart).default([]),
    }),
    response: z.object({ missing: z.array(z.object({ sha256, size })) }),
  }),
  putObject: route({
    method: "PUT",
    path: "/v1/imports/:import/objects/:sha256",
    summary: "Send the bytes of one content (application/octet-stream), by their hash.",
    params: byId.extend({ sha256 }),
    bodyType: "application/octet-stream",
    response: z.object({ sha256, size }),
  }),
  putPack: route({
    method: "POST",
    path: "/v1/imports/:import/packs",
    summary:
      "Send many small contents at once (application/octet-stream): a line of JSON with [hash, size] of each, then their bytes.",
    params: byId,
    bodyType: "application/octet-stream",
    response: z.object({ contents: z.int() }),
  }),
  commitImport: route({
    method: "POST",
    path: "/v1/imports/:import/commit",
    summary: "Have the import checked and published; ask for its state until that is final.",
    params: byId,
    body: z.object({ files: size.describe("How many files were listed.") }),
    response: importStatus,
  }),
  showImport: route({
    method: "GET",
    path: "/v1/imports/:import",
    summary: "The state of an import.",
    params: byId,
    response: importStatus,
  }),
  listImports: route({
    method: "GET",
    path: "/v1/imports",
    summary: "Imports of datasets that you may read, the newest first.",
    query: z.object({
      dataset: datasetName.optional(),
      ...pageQuery({ limit: 50 }),
    }),
    response: pageOf(importStatus),
  }),
  abortImport: route({
    method: "DELETE",
    path: "/v1/imports/:import",
    summary: "Give up an import that was not accepted yet.",
    params: byId,
    response: importStatus,
  }),
  upload: route({
    method: "POST",
    path: "/v1/uploads",
    summary:
      "Add scans with their companions (multipart/form-data; the file name of each part is its path in the dataset).",
    query: z.object({ dataset: datasetName }),
    bodyType: "multipart/form-data",
    response: importStatus,
  }),
} as const;
