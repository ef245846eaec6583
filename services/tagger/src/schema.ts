import type { Level } from "@rollerblade/abids/facts";
import { eventTables } from "@rollerblade/database/event-tables";
import type { Show } from "@rollerblade/pipeline";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

/** The schema of PostgreSQL with all tables of the service: rules, tags and results of analyses. Other services read its versioned views. */
export const tagger = pgSchema("tagger");
export const { outbox, inbox } = eventTables(tagger);

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const revision = () => bigint("revision", { mode: "number" }).notNull();

/** The newest known application of every document. */
export const documents = tagger.table("documents", {
  name: text("name").primaryKey(),
  application: text("application").notNull(),
  /** Its tags show results only where this person may contribute; null of what was applied before that was asked. */
  owner: text("owner"),
  revision: revision(),
});

/** The tags of the documents in force. */
export const tags = tagger.table(
  "tags",
  {
    document: text("document").notNull(),
    name: text("name").notNull(),
    /** Place within the document, from 0. */
    position: integer("position").notNull(),
    title: text("title").notNull(),
    description: text("description"),
    show: jsonb("show").$type<Show>().notNull(),
    analysis: text("analysis").notNull(),
    output: text("output").notNull(),
    /** Regular expressions of the datasets that the document speaks for. */
    datasets: text("datasets").array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.document, table.name] })],
);

/** Which versions and parameters of its analysis a tag shows: what the document's locks say. */
export const shown = tagger.table(
  "shown",
  {
    document: text("document").notNull(),
    tag: text("tag").notNull(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    /** Whether a rule of the document itself makes them: then it shows only what its rules call for. */
    made: boolean("made").notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.document, table.tag, table.analysis, table.version, table.parametersHash] }),
    index("shown_identity").on(table.analysis, table.version, table.parametersHash),
  ],
);

/** Which execution each rule of a document calls for at a slice, by the router's last word. */
export const calls = tagger.table(
  "calls",
  {
    document: text("document").notNull(),
    rule: text("rule").notNull(),
    /** `sliceKey` of the slice. */
    sliceKey: text("slice_key").notNull(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    /** Of the execution; null where nothing is called for. */
    key: text("key"),
    /** False where the rule no longer looks at the slice; such a row is kept for a while, so that no older event undoes it. */
    covered: boolean("covered").notNull(),
    revision: revision(),
    at: time("at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.document, table.rule, table.sliceKey] }),
    index("calls_slice").on(table.sliceKey),
    index("calls_over").on(table.at).where(sql`not ${table.covered}`),
  ],
);

/** Derivatives in force. */
export const derivatives = tagger.table(
  "derivatives",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    level: text("level").$type<Level>().notNull(),
    subject: text("subject"),
    session: text("session"),
    scan: text("scan"),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    output: text("output").notNull(),
    extension: text("extension").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    /** `sliceKey` of its slice, and the key of the execution that made it; null of those that were recorded before these were. */
    sliceKey: text("slice_key"),
    key: text("key"),
    /** Datasets of all that it was made from: who may not read one of them does not see it. */
    datasets: text("datasets").array().notNull(),
    revision: revision(),
    /** Trace of what announced it. */
    traceparent: text("traceparent").notNull(),
    /** Whether its results have to be compared with the tags: it is new, or a document changed. */
    unsettled: boolean("unsettled").notNull().default(true),
  },
  (table) => [
    index("derivatives_place").on(table.dataset, table.subject, table.session),
    index("derivatives_slice").on(table.sliceKey),
    index("derivatives_unsettled").on(table.id).where(sql`${table.unsettled}`),
  ],
);

/** Derivatives that are no longer in force, so that their announcement may come later than their end. */
export const gone = tagger.table(
  "gone",
  { id: uuid("id").primaryKey(), revision: revision(), at: time("at").notNull().defaultNow() },
  (table) => [index("gone_at").on(table.at)],
);

/** What is shown of which derivative. */
export const results = tagger.table(
  "results",
  {
    /** Also the id of the event that announces it. */
    id: uuid("id").primaryKey(),
    document: text("document").notNull(),
    tag: text("tag").notNull(),
    derivative: uuid("derivative")
      .notNull()
      .references(() => derivatives.id, { onDelete: "cascade" }),
    /** How the tag said to show it when the value was taken. */
    show: jsonb("show").$type<Show>().notNull(),
    /** Whether it can be shown: its value was read, or it needs none. */
    ready: boolean("ready").notNull(),
    value: jsonb("value"),
    preview: jsonb("preview").$type<TablePreview>(),
    /** Why there is no value; empty when all is well. */
    problem: text("problem").notNull().default(""),
    /** How often reading the value was tried. */
    attempts: integer("attempts").notNull().default(0),
    /** When the next attempt is due; while one is in hand, when it is given up as lost. */
    dueAt: time("due_at").notNull().defaultNow(),
    traceparent: text("traceparent").notNull(),
    taggedAt: time("tagged_at"),
  },
  (table) => [
    uniqueIndex("results_once").on(table.derivative, table.document, table.tag),
    index("results_due").on(table.dueAt).where(sql`not ${table.ready}`),
  ],
);

/**
 * The values of results that can be shown now, without those whose tag shows something else meanwhile. Whoever asks of them also has to ask
 * whether the owner of the document may contribute to the dataset, and whether the reader may read all of `datasets`.
 */
export const resultsV1 = tagger
  .view("results_v1", {
    document: text("document").notNull(),
    tag: text("tag").notNull(),
    /** Owner of the document. */
    owner: text("owner"),
    /** Datasets of all that the value was made from. */
    datasets: text("datasets").array().notNull(),
    level: text("level").$type<Level>().notNull(),
    dataset: text("dataset").notNull(),
    subject: text("subject"),
    session: text("session"),
    scan: text("scan"),
    /** A text, a number, true or false. */
    value: jsonb("value").notNull(),
  })
  .as(sql`
    select tag.document, tag.name as tag, applied.owner, made.datasets, made.level, made.dataset, made.subject, made.session, made.scan,
      result.value
    from tagger.derivatives made
    join tagger.results result on result.derivative = made.id
    join tagger.tags tag on tag.document = result.document and tag.name = result.tag and tag.show = result.show
    join tagger.documents applied on applied.name = tag.document
    where result.ready and result.value <> 'null'::jsonb`);

/** The tags of the documents in force, with how each is shown. */
export const tagsV1 = tagger
  .view("tags_v1", {
    document: text("document").notNull(),
    tag: text("tag").notNull(),
    owner: text("owner"),
    /** Regular expressions of the datasets that the document speaks for. */
    datasets: text("datasets").array().notNull(),
    title: text("title").notNull(),
    /** Only a `metric` has a value. */
    kind: text("kind").notNull(),
    unit: text("unit"),
  })
  .as(sql`
    select tag.document, tag.name as tag, applied.owner, tag.datasets, tag.title, tag.show ->> 'kind' as kind, tag.show ->> 'unit' as unit
    from tagger.tags tag join tagger.documents applied on applied.name = tag.document`);

/** The first rows of a table. */
export type TablePreview = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  /** Whether the file has more rows than these. */
  readonly more: boolean;
};
