import type { Level } from "@rollerblade/abids/facts";
import { eventTables } from "@rollerblade/database/event-tables";
import type { Outcome, Progress } from "@rollerblade/pipeline";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

/** The schema of PostgreSQL with all tables of the service: pipeline documents and what they decided. No other service reads it. */
export const pipelineRouter = pgSchema("pipeline_router");
export const { outbox, inbox } = eventTables(pipelineRouter);

/** Order of the requests: of two decisions for one name, the later one holds it. */
export const decisionSequence = pipelineRouter.sequence("decision_sequence");

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Scans as the catalog last published them; a withdrawn one stays as a tombstone, so that an older event does not bring it back. */
export const scans = pipelineRouter.table(
  "scans",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    subject: text("subject").notNull(),
    suffix: text("suffix").notNull(),
    /** `ScanFacts` as JSON (text, which keeps every character that JSON can hold); null of a tombstone. */
    facts: text("facts"),
    revision: bigint("revision", { mode: "number" }).notNull(),
    /** The batch that it came with, if any. */
    batch: text("batch"),
    withdrawn: boolean("withdrawn").notNull().default(false),
    /** Trace of its last event. */
    traceparent: text("traceparent"),
    /** When the catalog published that. */
    publishedAt: time("published_at").notNull(),
    changedAt: time("changed_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.path] }),
    index("scans_subject").on(table.dataset, table.subject),
    index("scans_batch").on(table.batch).where(sql`${table.batch} is not null`),
  ],
);

/** Subjects (and, with an empty subject, whole datasets) that were deleted, and when. */
export const deletions = pipelineRouter.table(
  "deletions",
  { dataset: text("dataset").notNull(), subject: text("subject").notNull(), deletedAt: time("deleted_at").notNull() },
  (table) => [primaryKey({ columns: [table.dataset, table.subject] })],
);

/** Derivatives as the catalog last published them; one that is gone stays as a tombstone. */
export const derivatives = pipelineRouter.table(
  "derivatives",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    /** Null of a whole dataset's. */
    subject: text("subject"),
    sliceKey: text("slice_key"),
    analysis: text("analysis"),
    version: text("version"),
    parametersHash: text("parameters_hash"),
    output: text("output"),
    key: text("key"),
    /** Of two with one path, the higher one holds it. */
    sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
    /** `DerivativeFacts` as JSON; null of a tombstone that came first. */
    facts: text("facts"),
    revision: bigint("revision", { mode: "number" }).notNull(),
    gone: boolean("gone").notNull().default(false),
    /** Which one took its name; it is gone for good only when that one is known. */
    supersededBy: uuid("superseded_by"),
    traceparent: text("traceparent"),
    publishedAt: time("published_at").notNull(),
    knownAt: time("known_at").notNull().defaultNow(),
  },
  (table) => [
    index("derivatives_subject").on(table.dataset, table.subject).where(sql`not ${table.gone}`),
    index("derivatives_path").on(table.dataset, table.path).where(sql`not ${table.gone}`),
    index("derivatives_slice").on(table.dataset, table.analysis, table.sliceKey).where(sql`not ${table.gone}`),
  ],
);

/** Versions of analyses; they never change. */
export const analyses = pipelineRouter.table(
  "analyses",
  {
    name: text("name").notNull(),
    version: text("version").notNull(),
    /** As JSON. */
    manifest: text("manifest").notNull(),
    code: text("code").notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
);

/** Batches of uploads: open until indexed or expired. */
export const batches = pipelineRouter.table(
  "batches",
  {
    batch: text("batch").primaryKey(),
    dataset: text("dataset").notNull(),
    /** Null where only its end is known. */
    expiresAt: time("expires_at"),
    closed: boolean("closed").notNull().default(false),
  },
  (table) => [index("batches_open").on(table.dataset).where(sql`not ${table.closed}`)],
);

/** Documents, each as it was applied last. A removed one stays, without rules, so that revisions go on rising. */
export const documents = pipelineRouter.table("documents", {
  name: text("name").primaryKey(),
  /** Of this application: every applying makes a new one. */
  application: uuid("application").notNull(),
  /** Under whose rights its rules run. */
  owner: text("owner").notNull(),
  /** What has its name in accounts; null of a service's, and where it is not claimed yet. */
  resource: uuid("resource"),
  source: text("source").notNull(),
  datasets: text("datasets").array().notNull(),
  /** `Locks` of the pipeline library, as JSON. */
  locks: text("locks").notNull(),
  revision: bigint("revision", { mode: "number" }).notNull(),
  /** `api`, or which source it came from. */
  origin: text("origin").notNull(),
  removed: boolean("removed").notNull().default(false),
  traceparent: text("traceparent"),
  appliedAt: time("applied_at").notNull(),
});

/** Texts of documents that are or were in force; those of a removed document are gone with it. */
export const documentVersions = pipelineRouter.table(
  "document_versions",
  {
    document: text("document").notNull(),
    revision: bigint("revision", { mode: "number" }).notNull(),
    source: text("source").notNull(),
    /** Who applied it, whoever its owner is. */
    appliedBy: text("applied_by").notNull(),
    appliedAt: time("applied_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.document, table.revision] })],
);

/** What a source last offered, applied or refused, so that unchanged bytes are not taken up again. */
export const offers = pipelineRouter.table("offers", {
  name: text("name").primaryKey(),
  /** Of its source. */
  kind: text("kind").notNull(),
  origin: text("origin").notNull(),
  /** SHA-256 of text and annotation. */
  hash: text("hash").notNull(),
  /** Why it was refused, or empty. */
  refusal: text("refusal").notNull().default(""),
  offeredAt: time("offered_at").notNull().defaultNow(),
});

/** One run an application and rule. */
export const runs = pipelineRouter.table(
  "runs",
  {
    id: uuid("id").primaryKey(),
    application: uuid("application").notNull(),
    document: text("document").notNull(),
    rule: text("rule").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [uniqueIndex("runs_application_rule").on(table.application, table.rule)],
);

/**
 * What was decided of a rule and a slice, and why. In force is the one that has not ended; its key is null as long as nothing was
 * asked for.
 */
export const decisions = pipelineRouter.table(
  "decisions",
  {
    id: uuid("id").primaryKey(),
    document: text("document").notNull(),
    rule: text("rule").notNull(),
    level: text("level").$type<Level>().notNull(),
    dataset: text("dataset").notNull(),
    subject: text("subject"),
    session: text("session"),
    scan: text("scan"),
    /** `sliceKey` of the analysis library. */
    sliceKey: text("slice_key").notNull(),
    /** Of the execution. */
    key: text("key"),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    sequence: bigint("sequence", { mode: "number" }),
    /** How often it was requested on purpose: by the first decision, by applying, by retrying. */
    round: integer("round").notNull().default(0),
    /** How often the request of this round was sent. */
    sends: integer("sends").notNull().default(0),
    application: uuid("application").notNull(),
    run: uuid("run"),
    /** `asked`, `ran`, `cached`, `in-place`, `failed`, `cancelled`; null where nothing was asked for. */
    outcome: text("outcome").$type<Outcome>(),
    progress: text("progress").$type<Progress>().notNull(),
    reason: text("reason").notNull(),
    /** Derivatives that the last success named; null before the first one. */
    derivatives: uuid("derivatives").array(),
    failure: text("failure"),
    restarts: integer("restarts").notNull().default(0),
    /** Round and revision of the newest answer. */
    answeredRound: integer("answered_round").notNull().default(0),
    answerRevision: bigint("answer_revision", { mode: "number" }).notNull().default(0),
    traceparent: text("traceparent"),
    createdAt: time("created_at").notNull().defaultNow(),
    changedAt: time("changed_at").notNull().defaultNow(),
    askedAt: time("asked_at"),
    /** When it was first requested; null of a note. */
    startedAt: time("started_at"),
    concludedAt: time("concluded_at"),
    endedAt: time("ended_at"),
    endedWhy: text("ended_why"),
  },
  (table) => [
    uniqueIndex("decisions_in_force")
      .on(table.document, table.rule, table.sliceKey)
      .where(sql`${table.endedAt} is null`),
    index("decisions_place").on(table.dataset, table.subject).where(sql`${table.endedAt} is null`),
    index("decisions_document").on(table.document, table.dataset, table.rule).where(sql`${table.endedAt} is null`),
    index("decisions_asked").on(table.askedAt).where(sql`${table.endedAt} is null and ${table.outcome} = 'asked'`),
    index("decisions_started")
      .on(table.document, table.rule, table.sliceKey, table.startedAt)
      .where(sql`${table.startedAt} is not null`),
    index("decisions_listed").on(table.document, table.id),
  ],
);

/**
 * Where something changed: one row a change, never updated, so that a change made meanwhile is never taken away with an older one.
 * An empty subject is the whole dataset's rules.
 */
export const dirty = pipelineRouter.table(
  "dirty",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    dataset: text("dataset").notNull(),
    subject: text("subject").notNull(),
    /** Not before: when time alone will change something. */
    dueAt: time("due_at").notNull().defaultNow(),
    traceparent: text("traceparent"),
  },
  (table) => [index("dirty_place").on(table.dataset, table.subject), index("dirty_due").on(table.dueAt)],
);

/** Requests that are too large for a message: their bodies are on the way to the bucket. */
export const largeRequests = pipelineRouter.table(
  "large_requests",
  {
    decision: uuid("decision").notNull(),
    round: integer("round").notNull(),
    /** The message without the body, as JSON. */
    message: text("message").notNull(),
    body: text("body").notNull(),
  },
  (table) => [primaryKey({ columns: [table.decision, table.round] })],
);

/** How far the sweep has come: it looks at everything again, little by little. */
export const sweeps = pipelineRouter.table("sweeps", {
  name: text("name").primaryKey(),
  dataset: text("dataset").notNull(),
  subject: text("subject").notNull(),
});
