import { jsonObjectSchema, levelSchema, sliceRefSchema } from "@rollerblade/abids/facts";
import { z } from "zod";
import { jsonRecord } from "./json.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

/** JSON that a person sends; what the scheduler answers with was checked when it came in. */

const time = z.iso.datetime();
const page = pageQuery();

/** A version of an analysis. */
export const analysisVersion = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  level: levelSchema,
  manifest: jsonObjectSchema.describe("The manifest with its defaults filled in."),
  code: z.string().describe("What identifies the code: `image:sha256:…` or `process:sha256:…`."),
  owner: z.string(),
  createdAt: time,
});
export type AnalysisVersion = z.output<typeof analysisVersion>;

/** A file of an asset. */
const assetFile = z.strictObject({
  path: z.string().min(1).max(1_000).describe("Relative to the folder of the asset."),
  size: z.int().min(0).describe("Bytes."),
  sha256: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});

export type AssetFile = z.output<typeof assetFile>;

/** Limit of files of one asset: all of TemplateFlow has some 6,000. */
const maxAssetFiles = 20_000;

/** A version of an asset: files of no dataset that analyses use, such as weights, templates or a licence. */
export const assetVersion = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  sha256: z.string().describe("Identifies the paths and contents of its files."),
  files: z.int().describe("How many."),
  bytes: z.int().describe("Of the files together."),
  owner: z.string(),
  createdAt: time,
});
export type AssetVersion = z.output<typeof assetVersion>;

const versionOfAsset = z.object({ name: z.string().max(63), version: z.string().max(100) });

/** Which work goes first. */
export const runPriority = z.enum(["interactive", "pipeline", "backfill"]);

/** What a list of tasks is sorted by; with a minus from the last to the first. */
export const taskOrder = z.enum(["made", "-made", "slice", "-slice", "ended", "-ended"]);
export type TaskOrder = z.output<typeof taskOrder>;

/** What a list of runs is sorted by; with a minus from the last to the first. */
export const runOrderBy = z.enum(["-made", "made", "analysis", "-analysis", "failed", "-failed"]);
export type RunOrderBy = z.output<typeof runOrderBy>;

/** How a task ended. */
export const taskOutcome = z.enum([
  ...(["ran", "cached", "in-place", "failed", "cancelled", "superseded"] as const),
  "not-applicable",
]);
export type TaskOutcome = z.output<typeof taskOutcome>;

/** How many tasks of a run are where. */
export const runCounts = z.object({
  total: z.int(),
  open: z.int().describe("Not final yet."),
  ran: z.int(),
  cached: z.int(),
  inPlace: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  superseded: z.int(),
  notApplicable: z.int().describe("Slices that have no raw file for an input: neither a success nor a failure."),
  leftOut: z
    .int()
    .describe(
      "Scans that the query found and that no input could be by their suffix and extension; they are not in `total`.",
    ),
});

/** Which derivatives of another analysis an input of a run takes. */
export const runInput = z.object({
  input: z.string().describe("As the manifest calls it."),
  analysis: z.string(),
  version: z.string(),
  parameters: jsonObjectSchema,
});
export type RunInput = z.output<typeof runInput>;

/** Results of a run in one folder. */
export const runOutput = z.object({
  dataset: z.string(),
  folder: z.string().describe("Relative to the dataset."),
  files: z.int(),
  bytes: z.int().describe("Of the files together."),
  example: z.string().describe("Path of one of the files, relative to the dataset."),
});
export type RunOutput = z.output<typeof runOutput>;

/** Failures of a run that have one cause. */
export const runFailure = z.object({
  reason: z.string().describe("That of one of them, in full."),
  count: z.int().describe("Slices that failed so."),
  task: z.uuid().describe("One of the tasks."),
});
export type RunFailure = z.output<typeof runFailure>;

/** An analysis over the slices of a query, or over those that a rule asked for. */
export const runStatus = z.object({
  id: z.uuid(),
  analysis: z.string(),
  version: z.string(),
  parameters: jsonObjectSchema,
  priority: runPriority,
  owner: z.string(),
  document: z.string().nullable(),
  rule: z.string().nullable(),
  query: z.string().nullable(),
  state: z
    .enum(["collecting", "open", "finished"])
    .describe("`collecting`: further slices of the query are being fetched."),
  reason: z.string().describe("Why the collecting ended early; empty when all is well."),
  counts: runCounts,
  createdAt: time,
  finishedAt: time.nullable(),
});
export type RunStatus = z.output<typeof runStatus>;

/** What the person should know: that the folder of the analysis differs from the version that is used. */
const notices = z.array(z.string());

/** One slice of a run. */
export const taskStatus = z.object({
  id: z.uuid(),
  run: z.uuid(),
  analysis: z.string(),
  version: z.string(),
  slice: sliceRefSchema,
  state: z
    .enum(["open", "waiting", "publishing", "final"])
    .describe(
      "`open`: not planned yet. `waiting`: for its execution. `publishing`: its outputs are being put to their names.",
    ),
  outcome: taskOutcome.nullable(),
  reason: z.string().describe("For people: why it failed."),
  key: z.string(),
  execution: z.uuid().nullable(),
  derivatives: z.array(z.uuid()).describe("Ids of what holds its outputs."),
  createdAt: time,
  finishedAt: time.nullable(),
});
export type TaskStatus = z.output<typeof taskStatus>;

/** One try at an execution. */
export const attemptStatus = z.object({
  number: z.int(),
  state: z.enum(["running", "ended"]),
  outcome: z
    .string()
    .nullable()
    .describe(
      "`succeeded`, `failed`, `bad-input`, `out-of-memory`, `out-of-disk`, `timed-out`, `bad-output`, `cancelled`, `lost` …",
    ),
  counted: z.boolean().describe("Whether it takes one of the attempts that the analysis allows."),
  exitCode: z.int().nullable(),
  reason: z.string(),
  memory: z.int().describe("Bytes that it might use."),
  executor: z.string(),
  hasLog: z.boolean(),
  startedAt: time,
  finishedAt: time.nullable(),
});
export type AttemptStatus = z.output<typeof attemptStatus>;

/** The work behind tasks, with everything that was tried. */
export const executionStatus = z.object({
  id: z.uuid(),
  key: z.string(),
  analysis: z.string(),
  version: z.string(),
  parameters: jsonObjectSchema,
  state: z.enum(["queued", "delayed", "running", "succeeded", "failed", "cancelled"]),
  reason: z.string(),
  attempts: z.array(attemptStatus),
  outputs: z.array(z.object({ name: z.string(), size: z.int(), sha256: z.string() })),
  createdAt: time,
  finishedAt: time.nullable(),
});
export type ExecutionStatus = z.output<typeof executionStatus>;

/** How an id begins. */
const idPrefix = z
  .string()
  .regex(/^[0-9a-f-]{1,36}$/, "must be the beginning of a UUID, in small letters")
  .describe("Only those whose id begins like this.");

const byId = z.object({ id: z.uuid() });

/** A run as it is ordered. */
const runOrder = z.object({
  analysis: z.string(),
  version: z.string().default("*").describe("A range; the highest version that it allows runs."),
  query: z
    .string()
    .max(10_000)
    .default("")
    .describe("Conditions on datasets, subjects, sessions and scans; empty for everything that you may read."),
  parameters: jsonRecord.default({}),
  /**
   * Which derivatives its inputs take, by the names of the inputs. Without one, it is the highest version that exists and that the
   * manifest allows, with its default parameters.
   */
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        analysis: z.string().optional().describe("Must be the one that the manifest names."),
        version: z
          .string()
          .default("*")
          .describe("A range; the highest version counts that it and the manifest allow."),
        parameters: jsonRecord.default({}),
      }),
    )
    .default({}),
  priority: runPriority.default("interactive"),
  force: z.boolean().default(false).describe("Whether slices are executed anew even where their results are there."),
  limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .default(null)
    .describe(
      "Limit of slices; those that the analysis does not apply to take none. By default all that the query finds.",
    ),
  stopEarly: z
    .boolean()
    .default(true)
    .describe("Whether the run ends by itself when its first slices all fail with the same message."),
});

/**
 * What would become of a slice if it were requested now. `run`: it is computed. `shared`: by an execution that is under way, or
 * that another slice of the same content begins. `cached`: it was computed elsewhere and is published here. `inPlace`: it is
 * there. `refused`: its owner may not. `failed`: the same work has found its input bad before.
 */
export const foreseen = z.enum(["run", "shared", "cached", "inPlace", "refused", "failed"]);
export type Foreseen = z.output<typeof foreseen>;

/** What a run would do, in slices. */
export const runPlan = z.object({
  analysis: z.string(),
  version: z.string(),
  parameters: jsonObjectSchema.describe("With their defaults."),
  total: z.int(),
  run: z.int(),
  shared: z.int(),
  cached: z.int(),
  inPlace: z.int(),
  refused: z.int(),
  notApplicable: z.int().describe("Slices that have no raw file for an input."),
  leftOut: z
    .int()
    .describe(
      "Scans that the query finds and that no input could be by their suffix and extension; they are not in `total`.",
    ),
  failed: z.int().describe("Slices that miss an input, or have two for one."),
  reasons: z
    .array(z.object({ reason: z.string(), count: z.int() }))
    .describe("Why these would fail, the most frequent reasons first."),
});
export type RunPlan = z.output<typeof runPlan>;

/** Operations of the scheduler. */
export const schedulerRoutes = {
  createAnalysis: route({
    method: "POST",
    path: "/v1/analyses",
    summary: "Create a version of an analysis from its manifest; the same content again changes nothing.",
    body: z.object({
      manifest: z.string().max(262_144).describe("The text of `analysis.yaml`."),
      folder: z
        .string()
        .optional()
        .describe("Absolute folder of the code, for the process executor of the embedded mode."),
      executor: z
        .enum(["process", "docker"])
        .optional()
        .describe(
          "Which of both the manifest offers. By default a process where a folder is given and the manifest has one.",
        ),
      file: z.string().max(1_000).optional().describe("What the manifest is called in messages."),
    }),
    response: analysisVersion.extend({ created: z.boolean() }),
    // The packages of its environment may have to be fetched; the gateway gives up after the same time.
    timeoutMs: 15 * 60_000,
  }),
  listAnalyses: route({
    method: "GET",
    path: "/v1/analyses",
    summary: "All versions of the analyses that you may use, by name, the highest version first.",
    query: z.object({ ...page, name: z.string().optional() }),
    response: pageOf(analysisVersion),
  }),
  showAnalysis: route({
    method: "GET",
    path: "/v1/analyses/:name",
    summary: "One version of an analysis: the highest that the range allows.",
    params: z.object({ name: z.string() }),
    query: z.object({ version: z.string().default("*") }),
    response: analysisVersion,
  }),
  createAsset: route({
    method: "POST",
    path: "/v1/assets",
    summary: "Create a version of an asset of its files; contents that are missing are sent next, and then this again.",
    body: z.object({
      name: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, "1 to 63 letters, digits, - and _, a letter or digit first"),
      version: z.string().max(100).describe("A full version such as 1.2.0; what it holds never changes."),
      description: z.string().max(1_000).default(""),
      files: z.array(assetFile).min(1).max(maxAssetFiles),
    }),
    response: z.object({
      asset: assetVersion.nullable().describe("Null as long as contents are missing."),
      created: z.boolean().describe("False for a version that was there already with the same content."),
      missing: z.array(z.object({ sha256: z.string(), size: z.int() })).describe("Contents to be sent."),
    }),
  }),
  putAssetContent: route({
    method: "PUT",
    path: "/v1/assets/:name/contents/:sha256",
    summary: "Send the bytes of one content of an asset (application/octet-stream), by their hash.",
    params: z.object({ name: z.string().max(63), sha256: assetFile.shape.sha256 }),
    bodyType: "application/octet-stream",
    response: z.object({ sha256: z.string(), size: z.int() }),
    // A day, in which 100 GB come through at 10 Mbit/s.
    timeoutMs: 24 * 3_600_000,
  }),
  listAssets: route({
    method: "GET",
    path: "/v1/assets",
    summary: "All versions of the assets that you may use, by name, the highest version first.",
    query: z.object({ ...page, name: z.string().optional() }),
    response: pageOf(assetVersion),
  }),
  showAsset: route({
    method: "GET",
    path: "/v1/assets/:name/versions/:version",
    summary: "One version of an asset with its files; their contents are for analyses alone.",
    params: versionOfAsset,
    response: assetVersion.extend({ list: z.array(assetFile).describe("Its files, by path.") }),
  }),
  deleteAsset: route({
    method: "DELETE",
    path: "/v1/assets/:name/versions/:version",
    summary: "Delete a version of an asset with its contents; with the last one its name is free. For its admins.",
    params: versionOfAsset,
    query: z.object({
      force: z.stringbool().default(false).describe("Also where versions of analyses use it, which fail from then on."),
    }),
    response: z.undefined(),
  }),
  createRun: route({
    method: "POST",
    path: "/v1/runs",
    scope: "run",
    summary: "Run an analysis over every slice of a query.",
    body: runOrder,
    response: runStatus.extend({ notices }),
  }),
  planRun: route({
    method: "POST",
    path: "/v1/runs/plan",
    scope: "read",
    summary: "What a run would do: what is in place, cached, to be computed, or would fail. Changes nothing.",
    body: runOrder,
    response: runPlan.extend({ notices }),
  }),
  foreseeTasks: route({
    method: "POST",
    path: "/v1/tasks/foresee",
    scope: "read",
    wholeAccount: true,
    summary: "What would become of slices of one analysis if they were requested now, in their order. Changes nothing.",
    body: z.object({
      analysis: z.string(),
      version: z.string(),
      parametersHash: z.string(),
      items: z
        .array(
          z.strictObject({
            key: z.string().describe("Key of the execution."),
            dataset: z.string(),
            entities: z.record(z.string(), z.string()),
            datatype: z.string().nullable(),
          }),
        )
        .max(1_000),
    }),
    response: z.object({ items: z.array(foreseen) }),
  }),
  listRuns: route({
    method: "GET",
    path: "/v1/runs",
    summary: "Runs that you may see, by default the newest first.",
    query: z.object({
      ...page,
      sort: runOrderBy
        .default("-made")
        .describe("When they were made, the names of their analyses, or how many slices failed."),
      state: z.enum(["collecting", "open", "finished"]).optional(),
      analysis: z.string().optional(),
      document: z.string().optional(),
      prefix: idPrefix.optional(),
    }),
    response: pageOf(runStatus),
  }),
  showRun: route({
    method: "GET",
    path: "/v1/runs/:id",
    summary: "A run and how far it is.",
    params: byId,
    response: runStatus.extend({
      inputs: z
        .array(runInput)
        .describe("Which derivatives its inputs take; of a rule's run, which ones its slices have taken."),
      outputs: z
        .array(runOutput)
        .describe(
          "Where its results lie, as far as they are in force: those that were made for it, and those that were in place.",
        ),
      failures: z
        .array(runFailure)
        .describe(
          "Its failures by their cause, the most frequent first; reasons that differ in numbers, ids and paths only have one cause.",
        ),
    }),
  }),
  cancelRun: route({
    method: "POST",
    path: "/v1/runs/:id/cancel",
    scope: "run",
    summary: "Cancel what a run has not finished; work that other runs share goes on.",
    params: byId,
    response: runStatus,
  }),
  retryRun: route({
    method: "POST",
    path: "/v1/runs/:id/retry",
    scope: "run",
    summary:
      "Try again whatever failed or was cancelled in a run, or only the failures that have the cause of one of them; with more memory if that is asked for.",
    params: byId,
    query: z.object({
      like: z
        .uuid()
        .optional()
        .describe("Only the failures that have the cause of this task, such as one of `failures`."),
      memory: z.coerce
        .number()
        .int()
        .min(2 ** 20)
        .max(2 ** 42)
        .optional()
        .describe(
          "Bytes that attempts begin with, where that is more than the analysis asks for. Results do not depend on it.",
        ),
    }),
    response: runStatus,
  }),
  listTasks: route({
    method: "GET",
    path: "/v1/tasks",
    summary: "Tasks that you may see, by default in the order in which they were made.",
    query: z.object({
      ...page,
      sort: taskOrder
        .default("made")
        .describe("When they were made or ended, or their slices' names; what has not ended yet comes after what has."),
      run: z.uuid().optional(),
      dataset: z.string().optional(),
      subject: z.string().optional(),
      state: z.enum(["open", "waiting", "publishing", "final"]).optional(),
      outcome: taskOutcome.optional(),
      like: z
        .uuid()
        .optional()
        .describe("Only failures that have the cause of this task, such as one of a run's `failures`."),
      prefix: idPrefix.optional(),
    }),
    response: pageOf(taskStatus),
  }),
  showTask: route({
    method: "GET",
    path: "/v1/tasks/:id",
    summary: "A task with the execution behind it and all its attempts.",
    params: byId,
    response: taskStatus.extend({ history: executionStatus.nullable() }),
  }),
  showExecution: route({
    method: "GET",
    path: "/v1/executions/:id",
    summary: "An execution with all its attempts.",
    params: byId,
    response: executionStatus,
  }),
  showLog: route({
    method: "GET",
    path: "/v1/executions/:id/attempts/:number/log",
    summary:
      "The output of an attempt, standard output and standard error together; the middle of a long log is left out.",
    params: z.object({ id: z.uuid(), number: z.coerce.number().int().min(1) }),
    response: z.object({ text: z.string() }),
  }),
  followLog: route({
    method: "GET",
    path: "/v1/executions/:id/attempts/:number/log/follow",
    summary: "The output of an attempt as plain text: streamed while it runs, else what is kept of it.",
    params: z.object({ id: z.uuid(), number: z.coerce.number().int().min(1) }),
    responseType: "text/plain",
    response: z.string(),
  }),
} as const;
