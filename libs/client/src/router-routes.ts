import { sliceRefSchema } from "@rollerblade/abids/facts";
import { z } from "zod";
import { datasetName } from "./dataset-name.ts";
import { jsonRecord } from "./json.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

const time = z.iso.datetime();

const documentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "1 to 63 letters, digits, ., - and _, a letter or digit first");
const byName = z.object({ name: documentName });
const source = z.string().max(262_144);

/** What a rule runs, exactly. */
const lockedRun = z.object({
  rule: z.string(),
  analysis: z.string(),
  version: z.string(),
  parameters: jsonRecord,
  accepts: z.array(z.string()).describe("Other versions whose results the document accepts, the highest first."),
});

/** A document as it was applied last. */
export const pipelineSummary = z.object({
  id: z.uuid().nullable().describe("Made once, by which it is owned; null of a service's document."),
  name: z.string(),
  application: z.uuid().describe("Of this application; every applying makes a new one."),
  owner: z.string(),
  datasets: z.array(z.string()),
  rules: z.array(lockedRun),
  tags: z.array(z.string()),
  revision: z.int(),
  origin: z.string().describe("`api`, or the file or ConfigMap that it came from."),
  appliedAt: time,
  refusal: z
    .string()
    .describe(
      "Why the version that its source offers now was refused, so that this one stays in force; empty when all is well.",
    ),
});
export type PipelineSummary = z.output<typeof pipelineSummary>;

/** A document in force, with its text. */
export const pipelineDocument = pipelineSummary.extend({ source: z.string() });

/** A text that is or was in force under the name of a document. */
export const pipelineVersion = z.object({
  revision: z.int(),
  source: z.string(),
  appliedBy: z.string().describe("Who applied it, whoever owns the document."),
  appliedAt: time,
});
export type PipelineVersion = z.output<typeof pipelineVersion>;

/** How far a rule is with a slice; see the reference of the document. */
export const decisionProgress = z.enum([
  "not-called",
  "not-applicable",
  "pending",
  "succeeded",
  "failed",
  "ambiguous",
  "unknown",
  "stuck",
]);

/** What the last request of a decision came to. */
export const decisionOutcome = z.enum(["asked", "ran", "cached", "in-place", "failed", "cancelled"]);

/** What was decided of a rule and a slice, and why. */
export const decisionStatus = z.object({
  id: z.uuid(),
  document: z.string(),
  rule: z.string(),
  analysis: z.string(),
  version: z.string(),
  slice: sliceRefSchema,
  reason: z
    .string()
    .describe(
      "`started`, `cached`, `in place`, `waiting for …`, `when is false`, `unknown: FIELD`, `ambiguous: …`, `failed: …`.",
    ),
  progress: decisionProgress,
  outcome: decisionOutcome.nullable(),
  key: z.string().nullable().describe("Key of the execution; null where nothing was asked for."),
  run: z.uuid().nullable(),
  round: z.int(),
  createdAt: time,
  changedAt: time,
  endedAt: time.nullable().describe("Null while it is in force."),
  endedWhy: z.string().nullable(),
});
export type DecisionStatus = z.output<typeof decisionStatus>;

/** How many decisions in force of a rule are where. */
export const ruleCounts = z.object({
  rule: z.string(),
  run: z.uuid(),
  total: z.int(),
  asked: z.int().describe("Asked for and not answered."),
  ran: z.int(),
  cached: z.int(),
  inPlace: z.int(),
  failed: z.int(),
  waiting: z.int().describe("Waiting for something that is under way."),
  stuck: z.int().describe("Waiting for something that nothing under way can bring."),
  notCalled: z.int(),
  notApplicable: z.int().describe("The slice has no raw file for an input."),
  unknown: z.int(),
  ambiguous: z.int(),
});
export type RuleCounts = z.output<typeof ruleCounts>;

/** What has become of a document so far. */
export const pipelineStatus = z.object({
  name: z.string(),
  application: z.uuid(),
  settled: z
    .boolean()
    .describe(
      "Nothing is left to be evaluated, requested or waited for. Facts that the router has not received yet may still change that.",
    ),
  dirty: z.int().describe("Places that have changed and are about to be evaluated."),
  openBatches: z.int().describe("Batches of uploads that are not indexed yet."),
  rules: z.array(ruleCounts),
  unusable: z
    .string()
    .describe(
      "Why it acts on nothing any more, and has to be applied again: it is beyond a limit that was not there before. Empty when all is well.",
    ),
});
export type PipelineStatus = z.output<typeof pipelineStatus>;

/** What applying would do, by rule. */
export const rulePlan = z.object({
  rule: z.string(),
  change: z.enum(["added", "removed", "changed", "same"]).describe("Against the document in force."),
  changes: z.array(z.string()).describe("What is different, for people: `version 1.0.0 → 1.1.0`."),
  analysis: z.string(),
  version: z.string(),
  start: z.int().describe("Requested at once: `compute`, `cached`, `inPlace` and `refused` together."),
  compute: z.int().describe("Of `start`: what is computed, by an execution of its own or one that it shares."),
  cached: z.int().describe("Of `start`: computed elsewhere before, and published here."),
  inPlace: z.int().describe("Of `start`: there already."),
  refused: z.int().describe("Of `start`: what the document's owner may not run."),
  later: z.int().describe("Started when what they wait for is there."),
  keep: z.int().describe("In force already; they are verified."),
  end: z.int().describe("Decisions in force that end."),
  notCalled: z.int(),
  notApplicable: z.int().describe("The slice has no raw file for an input."),
  unknown: z.int(),
  ambiguous: z.int(),
  stuck: z.int(),
  failed: z.int(),
  examples: z
    .array(z.object({ slice: sliceRefSchema, reason: z.string() }))
    .describe("Some of the slices, with what would be decided of them."),
});
export type RulePlan = z.output<typeof rulePlan>;

/** What applying a document would do. */
export const pipelinePlan = z.object({
  name: z.string(),
  replaces: z.boolean().describe("Whether a document of this name is in force."),
  datasets: z.array(z.string()).describe("Datasets that it speaks for, of those that there are."),
  rules: z.array(rulePlan),
  tags: z.object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) }),
  notices: z
    .array(z.string())
    .default([])
    .describe("What may be a mistake: fields of conditions that no dataset has yet."),
});
export type PipelinePlan = z.output<typeof pipelinePlan>;

/** Why a rule did or did not run. */
export const explanation = z.object({
  document: z.string(),
  rule: z.string(),
  analysis: z.string(),
  version: z.string(),
  slice: sliceRefSchema.nullable().describe("Null where the rule looks at nothing of what was asked for."),
  reason: z.string(),
  progress: decisionProgress.nullable(),
  outcome: decisionOutcome.nullable(),
  decision: z.uuid().nullable(),
  run: z.uuid().nullable(),
  since: time.nullable(),
  /** The last execution that the rule called for here before, and why it no longer does; null where there was none. */
  before: z
    .object({ version: z.string(), outcome: decisionOutcome.nullable(), endedAt: time, endedWhy: z.string() })
    .nullable(),
});
export type Explanation = z.output<typeof explanation>;

const page = pageQuery();

/** Operations of the pipeline-router. */
export const routerRoutes = {
  listPipelines: route({
    method: "GET",
    path: "/v1/pipelines",
    summary: "Documents in force that you own or may read, by name.",
    query: z.object(page),
    response: pageOf(pipelineSummary),
  }),
  applyPipeline: route({
    method: "POST",
    path: "/v1/pipelines/:name",
    wholeAccount: true,
    summary: "Put a document in force: its versions are chosen anew, and every slice is evaluated again.",
    params: byName,
    body: z.object({ source }),
    response: pipelineDocument,
  }),
  planPipeline: route({
    method: "POST",
    path: "/v1/pipelines/:name/plan",
    scope: "read",
    wholeAccount: true,
    summary: "What applying a document would start, and how it differs from the one in force. Changes nothing.",
    params: byName,
    body: z.object({ source }),
    response: pipelinePlan,
  }),
  showPipeline: route({
    method: "GET",
    path: "/v1/pipelines/:name",
    summary: "A document in force, with its text.",
    params: byName,
    response: pipelineDocument,
  }),
  listPipelineVersions: route({
    method: "GET",
    path: "/v1/pipelines/:name/versions",
    summary:
      "Texts that are or were in force under the name of a document, the newest first, back to when it was made.",
    params: byName,
    query: z.object(pageQuery({ limit: 20 })),
    response: pageOf(pipelineVersion),
  }),
  showPipelineStatus: route({
    method: "GET",
    path: "/v1/pipelines/:name/status",
    summary: "What has become of a document so far, counted by rule.",
    params: byName,
    response: pipelineStatus,
  }),
  retryPipeline: route({
    method: "POST",
    path: "/v1/pipelines/:name/retry",
    scope: "run",
    summary: "Ask again for whatever failed or was cancelled.",
    params: byName,
    body: z.object({ rule: z.string().optional(), dataset: datasetName.optional() }),
    response: z.object({ retried: z.int() }),
  }),
  removePipeline: route({
    method: "DELETE",
    path: "/v1/pipelines/:name",
    summary: "Take a document out of force; what it has made stays.",
    params: byName,
    response: z.undefined(),
  }),
  listDecisions: route({
    method: "GET",
    path: "/v1/decisions",
    summary: "Decisions of documents, on datasets and with analyses that you may read, the oldest first.",
    query: z.object({
      ...page,
      document: documentName.optional(),
      rule: z.string().optional(),
      dataset: datasetName.optional(),
      subject: z.string().optional(),
      progress: decisionProgress.optional(),
      outcome: decisionOutcome.optional(),
      inForce: z.stringbool().default(true).describe("`false` shows those that have ended, too."),
    }),
    response: pageOf(decisionStatus),
  }),
  explain: route({
    method: "GET",
    path: "/v1/decisions/explain",
    summary: "Why each rule did or did not run for a subject, one of its sessions, or one of its scans.",
    query: z.object({
      dataset: datasetName,
      subject: z.string(),
      session: z.string().optional(),
      scan: z.string().optional().describe("Path of the scan's data file."),
      ...page,
    }),
    response: pageOf(explanation),
  }),
} as const;
