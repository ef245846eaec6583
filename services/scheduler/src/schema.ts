import type { JsonObject } from "@rollerblade/abids";
import type { SliceRef, Source } from "@rollerblade/abids/facts";
import type { AssetFile, DerivativeLock, Manifest, RequestedSlice } from "@rollerblade/analysis";
import type { Verdict } from "@rollerblade/client";
import { eventTables } from "@rollerblade/database/event-tables";
import type { AttemptOutcome, AttemptReport } from "@rollerblade/executors";
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  real,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { PublishFile } from "./publishing/publish-file.ts";

/** The schema of PostgreSQL with all tables of the service: analyses, runs, tasks and their attempts. No other service reads it. */
export const scheduler = pgSchema("scheduler");
export const { outbox, inbox } = eventTables(scheduler);

/** The order in which decisions arrived; see `sequence` of a task. */
export const arrivals = scheduler.sequence("arrivals");

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const big = (name: string) => bigint(name, { mode: "number" });

/** Versions of analyses; a row never changes. */
export const analyses = scheduler.table(
  "analyses",
  {
    name: text("name").notNull(),
    version: text("version").notNull(),
    manifest: jsonb("manifest").$type<Manifest>().notNull(),
    /** What identifies the code: `image:sha256:…` or `process:sha256:…`. */
    code: text("code").notNull(),
    /** What the docker executor runs; null for a process. */
    image: text("image"),
    /** Where the process executor finds the code; null for an image. */
    folder: text("folder"),
    /** The manifest as it was written. */
    source: text("source").notNull(),
    owner: text("owner").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
);

/** Versions of assets. Once a version is complete, its files never change. */
export const assets = scheduler.table(
  "assets",
  {
    name: text("name").notNull(),
    version: text("version").notNull(),
    description: text("description").notNull(),
    /** See `assetHash`. */
    sha256: text("sha256").notNull(),
    files: jsonb("files").$type<AssetFile[]>().notNull(),
    /** Whether every content is in the bucket; before that no analysis can use it. */
    complete: boolean("complete").notNull(),
    owner: text("owner").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
);

/** An analysis over the slices of a query, or over those that a rule asked for. */
export const runs = scheduler.table(
  "runs",
  {
    id: uuid("id").primaryKey(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parameters: jsonb("parameters").$type<JsonObject>().notNull(),
    priority: text("priority").$type<Priority>().notNull(),
    owner: text("owner").notNull(),
    document: text("document"),
    rule: text("rule"),
    /** The query of a person's run. */
    query: text("query"),
    /** `collecting` while further slices of the query are fetched. */
    state: text("state").$type<"collecting" | "open" | "finished">().notNull(),
    /** Where the next page of slices begins. */
    cursor: text("cursor"),
    /** Versions of the derivatives that a person's run builds on. */
    locks: jsonb("locks").$type<RunLock[]>().notNull().default([]),
    /** Datasets of its tasks so far, and of all that these are made from. */
    datasets: text("datasets").array().notNull().default([]),
    /** Those of them that the audit log tells of. */
    auditedDatasets: text("audited_datasets").array().notNull().default([]),
    /** Why the collecting ended early. */
    reason: text("reason").notNull().default(""),
    total: integer("total").notNull().default(0),
    ran: integer("ran").notNull().default(0),
    cached: integer("cached").notNull().default(0),
    inPlace: integer("in_place").notNull().default(0),
    failed: integer("failed").notNull().default(0),
    cancelled: integer("cancelled").notNull().default(0),
    superseded: integer("superseded").notNull().default(0),
    notApplicable: integer("not_applicable").notNull().default(0),
    /** Scans that the query found and that no input could be, by their suffix and extension: no tasks were made of them. */
    leftOut: integer("left_out").notNull().default(0),
    /** Id of the token that ordered it, where that is limited to resources: no slices outside of these limits are collected. */
    limitedToken: uuid("limited_token"),
    /** Limit of slices that a person set; null for all that the query finds. */
    sliceLimit: integer("slice_limit"),
    /** Whether its slices are executed anew even where their results are there. */
    force: boolean("force").notNull().default(false),
    /** Whether it ends by itself when its first slices all fail with the same message. */
    stopsEarly: boolean("stops_early").notNull().default(false),
    traceparent: text("traceparent").notNull().default(""),
    /** What names somebody who was erased and is needed until the run has ended; then it is erased, too. */
    erasedAtEnd: text("erased_at_end").array().$type<("query" | "parameters")[]>().notNull().default([]),
    createdAt: time("created_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
  },
  (table) => [
    index("runs_erased_at_end").on(table.id).where(sql`erased_at_end <> '{}'`),
    index("runs_created_at").on(table.createdAt),
    index("runs_collecting").on(table.state).where(sql`state = 'collecting'`),
    index("runs_unaudited").on(table.id).where(sql`not datasets <@ audited_datasets`),
  ],
);

/** One slice of a run. */
export const tasks = scheduler.table(
  "tasks",
  {
    id: uuid("id").primaryKey(),
    run: uuid("run").notNull(),
    /** The router's decision; a person's run makes one from run and slice. */
    decision: uuid("decision").notNull(),
    round: integer("round").notNull(),
    /** The router's order of decisions for one document, rule and slice. */
    decided: big("decided").notNull(),
    /** The order that decides which of two derivatives holds a name; rises with arrival, but never against `decided`. */
    sequence: big("sequence").notNull(),
    document: text("document"),
    rule: text("rule"),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    /** 0 interactive, 1 pipeline, 2 backfill. */
    rank: smallint("rank").notNull(),
    owner: text("owner").notNull(),
    dataset: text("dataset").notNull(),
    slice: jsonb("slice").$type<SliceRef>().notNull(),
    sliceKey: text("slice_key").notNull(),
    /** Null for a slice that could not be resolved. */
    requested: jsonb("requested").$type<RequestedSlice>(),
    /** `dataset/path` of every data file that it is made from. */
    sources: text("sources").array().notNull(),
    /** Its own dataset, and those of its sources. */
    datasets: text("datasets").array().notNull().default([]),
    /** Key of the execution. */
    key: text("key").notNull(),
    /** `open`: to be planned. `waiting`: for its execution. `publishing`: its outputs exist. */
    state: text("state").$type<TaskState>().notNull(),
    /** What it will be when it is published. */
    reuse: boolean("reuse").notNull().default(false),
    outcome: text("outcome").$type<Outcome>(),
    reason: text("reason").notNull().default(""),
    /** Of a failure, what it has in common with others: see `causeOf`. */
    cause: text("cause").notNull().default(""),
    /** Bytes that a new execution of it begins with at least; null for what the manifest states. */
    memory: big("memory"),
    revision: integer("revision").notNull().default(0),
    execution: uuid("execution"),
    /** What holds its outputs. */
    derivatives: uuid("derivatives").array().notNull().default([]),
    traceparent: text("traceparent").notNull(),
    /** Who publishes it, until when. */
    leaseOwner: text("lease_owner"),
    leaseUntil: time("lease_until"),
    /** When it was decided; what was withdrawn later stops it. */
    decidedAt: time("decided_at").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
  },
  (table) => [
    uniqueIndex("tasks_decision").on(table.decision, table.round),
    index("tasks_run").on(table.run, table.id),
    index("tasks_failed").on(table.run, table.cause, table.id).where(sql`outcome = 'failed'`),
    index("tasks_dataset").on(table.dataset, table.id),
    index("tasks_open").on(table.sequence).where(sql`state = 'open'`),
    index("tasks_publishing").on(table.sequence).where(sql`state = 'publishing'`),
    index("tasks_unfinished_execution").on(table.execution).where(sql`state <> 'final'`),
    index("tasks_unfinished_dataset").on(table.dataset).where(sql`state <> 'final'`),
    index("tasks_execution").on(table.execution),
    index("tasks_rule_slice").on(table.document, table.rule, table.sliceKey, table.decided),
  ],
);

/** The work itself, shared by every task that wants the same key. */
export const executions = scheduler.table(
  "executions",
  {
    id: uuid("id").primaryKey(),
    key: text("key").notNull(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parameters: jsonb("parameters").$type<JsonObject>().notNull(),
    /** The datasets that its inputs came from: who may read these may use its outputs. */
    datasets: text("datasets").array().notNull(),
    /** `delayed`: queued again at `not_before`. */
    state: text("state").$type<ExecutionState>().notNull(),
    rank: smallint("rank").notNull(),
    owner: text("owner").notNull(),
    /** The order within one rank and owner. */
    enqueued: bigserial("enqueued", { mode: "number" }).notNull(),
    cpu: real("cpu").notNull(),
    /** Bytes that the next attempt gets. */
    memory: big("memory").notNull(),
    /** All attempts so far, and those of them that count. */
    attempts: integer("attempts").notNull().default(0),
    counted: integer("counted").notNull().default(0),
    notBefore: time("not_before"),
    cancelRequested: boolean("cancel_requested").notNull().default(false),
    reason: text("reason").notNull().default(""),
    /** Whether everybody whom it was run for is withdrawn: its logs go too. */
    forgotten: boolean("forgotten").notNull().default(false),
    /** Whether its parameters name somebody who was erased, and are erased when it has ended. */
    erasedAtEnd: boolean("erased_at_end").notNull().default(false),
    /** Whether objects may still lie below `staging/<execution>/`. */
    staged: boolean("staged").notNull().default(false),
    createdAt: time("created_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
  },
  (table) => [
    index("executions_key").on(table.key),
    index("executions_queue").on(table.rank, table.owner, table.enqueued).where(sql`state = 'queued'`),
    index("executions_delayed").on(table.notBefore).where(sql`state = 'delayed'`),
    index("executions_running").on(table.id).where(sql`state = 'running'`),
    index("executions_staged").on(table.id).where(sql`staged`),
    index("executions_forgotten").on(table.id).where(sql`forgotten`),
    index("executions_erased_at_end").on(table.id).where(sql`erased_at_end`),
  ],
);

/** When each owner was last given room, so that owners whose shares are equal take turns. */
export const turns = scheduler.table("turns", {
  owner: text("owner").primaryKey(),
  /** Rises with each claim. */
  taken: bigserial("taken", { mode: "number" }).notNull(),
});

/** One try at an execution. */
export const attempts = scheduler.table(
  "attempts",
  {
    id: uuid("id").primaryKey(),
    execution: uuid("execution").notNull(),
    /** From 1. */
    number: integer("number").notNull(),
    state: text("state").$type<"running" | "ended">().notNull(),
    executor: text("executor").notNull(),
    outcome: text("outcome").$type<AttemptOutcome>(),
    counted: boolean("counted").notNull().default(false),
    exitCode: integer("exit_code"),
    reason: text("reason").notNull().default(""),
    /** Bytes. */
    memory: big("memory").notNull(),
    /** Key of the object that holds its log, or null when it wrote none. */
    log: text("log"),
    traceparent: text("traceparent").notNull().default(""),
    leaseOwner: text("lease_owner").notNull(),
    leaseUntil: time("lease_until").notNull(),
    /** The Kubernetes Job that it is part of, written before that Job is made, and its index there. */
    job: text("job"),
    jobIndex: integer("job_index"),
    /** What its Pod reported at its end. */
    report: jsonb("report").$type<AttemptReport>(),
    /** Why it does not run yet, in the cluster's own words; empty while nothing is in its way. */
    waiting: text("waiting").notNull().default(""),
    startedAt: time("started_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
  },
  (table) => [
    uniqueIndex("attempts_number").on(table.execution, table.number),
    index("attempts_running").on(table.leaseUntil).where(sql`state = 'running'`),
    index("attempts_job").on(table.job, table.jobIndex).where(sql`job is not null`),
    index("attempts_reported").on(table.leaseOwner).where(sql`state = 'running' and report is not null`),
    index("attempts_waiting").on(table.execution).where(sql`state = 'running' and waiting <> ''`),
  ],
);

/** What an execution wrote. */
export const outputs = scheduler.table(
  "outputs",
  {
    execution: uuid("execution").notNull(),
    /** As the manifest calls it. */
    name: text("name").notNull(),
    size: big("size").notNull(),
    sha256: text("sha256").notNull(),
    /** Fields that the program wrote for its sidecar; null where it wrote none. */
    metadata: jsonb("metadata").$type<JsonObject>(),
  },
  (table) => [primaryKey({ columns: [table.execution, table.name] })],
);

/** Where a content lies. */
export const locations = scheduler.table(
  "locations",
  {
    /** Key of the object. */
    object: text("object").primaryKey(),
    sha256: text("sha256").notNull(),
    size: big("size").notNull(),
    kind: text("kind").$type<"staged" | "published" | "archived">().notNull(),
    /** Null while it is staged. */
    dataset: text("dataset"),
    /** Time of the object's last change when its hash was last known to be right, in milliseconds; null when never seen. */
    modified: big("modified"),
  },
  (table) => [index("locations_sha256").on(table.sha256)],
);

/** Every output that was published, in force or not. */
export const derivatives = scheduler.table(
  "derivatives",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    /** Below `derivatives/`. */
    folder: text("folder").notNull(),
    sidecar: text("sidecar"),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    output: text("output").notNull(),
    key: text("key").notNull(),
    execution: uuid("execution").notNull(),
    task: uuid("task").notNull(),
    slice: jsonb("slice").$type<SliceRef>().notNull(),
    entities: jsonb("entities").$type<Record<string, string>>().notNull(),
    datatype: text("datatype"),
    suffix: text("suffix").notNull(),
    extension: text("extension").notNull(),
    size: big("size").notNull(),
    sha256: text("sha256").notNull(),
    sources: jsonb("sources").$type<Source[]>().notNull(),
    parameters: jsonb("parameters").$type<JsonObject>().notNull(),
    /** Fields of its sidecar that the program wrote; null where it wrote none. */
    metadata: jsonb("metadata").$type<JsonObject>(),
    code: text("code").notNull(),
    sequence: big("sequence").notNull(),
    /** `withdrawn`: its objects are being removed. */
    state: text("state").$type<"in-force" | "archived" | "withdrawn">().notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("derivatives_path").on(table.dataset, table.path),
    index("derivatives_folder").on(table.dataset, table.folder, table.path),
    index("derivatives_content").on(table.dataset, table.sha256),
    index("derivatives_subject")
      .on(table.dataset, sql`coalesce(slice ->> 'subject', '')`)
      .where(sql`state = 'in-force'`),
    index("derivatives_withdrawn").on(table.id).where(sql`state = 'withdrawn'`),
  ],
);

/** Who holds a published name. */
export const names = scheduler.table(
  "names",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    /** Analysis, version, parameters, output and slice: nothing else may ever take the name. */
    identity: text("identity").notNull(),
    /** Null until something was published under it. */
    derivative: uuid("derivative"),
    sha256: text("sha256"),
    sequence: big("sequence").notNull(),
    /** The task or withdrawal that is about to change what lies there. */
    intent: uuid("intent"),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.path] }),
    index("names_derivative").on(table.derivative),
    index("names_intent").on(table.intent).where(sql`intent is not null`),
  ],
);

/** A publication that has begun: all that is needed to finish it after a crash. */
export const intents = scheduler.table("intents", {
  task: uuid("task").primaryKey(),
  files: jsonb("files").$type<PublishFile[]>().notNull(),
  /** Set when what it is made from was withdrawn: nothing of it may stay. */
  stopped: boolean("stopped").notNull().default(false),
  createdAt: time("created_at").notNull().defaultNow(),
});

/** Folders of derivatives, and how far their own files (description, provenance) have followed. */
export const folders = scheduler.table(
  "folders",
  {
    dataset: text("dataset").notNull(),
    /** Below `derivatives/`. */
    folder: text("folder").notNull(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    /** Rises with each change of its derivatives. */
    changed: big("changed").notNull().default(0),
    written: big("written").notNull().default(-1),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.folder] }),
    index("folders_behind").on(table.dataset).where(sql`changed > written`),
  ],
);

/** What people think of images. The derivatives that say so are made from these rows, and go with them. */
export const ratings = scheduler.table(
  "ratings",
  {
    dataset: text("dataset").notNull(),
    /** Of the image, relative to the dataset. */
    path: text("path").notNull(),
    rater: text("rater").notNull(),
    subject: text("subject").notNull(),
    suffix: text("suffix").notNull(),
    verdict: text("verdict").$type<Verdict>().notNull(),
    note: text("note"),
    ratedAt: time("rated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.path, table.rater] })],
);

/** What was withdrawn: whatever was decided before it stops. */
export const tombstones = scheduler.table(
  "tombstones",
  {
    dataset: text("dataset").notNull(),
    /** Empty for the whole dataset, or for a single file. */
    subject: text("subject").notNull(),
    /** Path of a scan or derivative; empty for more than one file. */
    path: text("path").notNull(),
    at: time("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.subject, table.path] })],
);

/** Which derivatives one input of a person's run takes. */
export type RunLock = DerivativeLock & {
  /** Absent of runs that were made before it was written down. */
  readonly parameters?: JsonObject;
};

/** Which work goes first. */
export type Priority = "interactive" | "pipeline" | "backfill";

/** Where a task stands. */
export type TaskState = "open" | "waiting" | "publishing" | "final";

/** How a task ended. */
export type Outcome =
  | ("ran" | "cached" | "in-place")
  | ("failed" | "cancelled" | "superseded")
  /** The slice has no raw file for an input. */
  | "not-applicable";

/** Where an execution stands. */
export type ExecutionState = "queued" | "delayed" | "running" | "succeeded" | "failed" | "cancelled";
