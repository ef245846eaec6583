import { eventTables } from "@rollerblade/database";
import {
  bigint,
  boolean,
  index,
  integer,
  json,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

export const tagger = pgSchema("tagger");
export const { outbox, inbox } = eventTables(tagger);

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const revision = () => bigint("revision", { mode: "number" }).notNull();

/** Documents in force, by the highest revision that was heard of. */
export const documents = tagger.table("documents", {
  name: text("name").primaryKey(),
  /** Names and patterns of the datasets that it speaks for. */
  datasets: text("datasets").array().notNull(),
  revision: revision(),
});

/** What the tags of those documents show: one row a tag and version that the document locks. */
export const tags = tagger.table(
  "tags",
  {
    document: text("document").notNull(),
    tag: text("tag").notNull(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    output: text("output").notNull(),
    /** Place among the tags of the document, from 0. */
    position: integer("position").notNull(),
    title: text("title").notNull(),
    description: text("description"),
    /** See `Show` of the pipeline library. */
    show: json("show").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.document, table.tag, table.analysis, table.version, table.parametersHash] }),
    index("tags_by_identity").on(table.analysis, table.version, table.parametersHash, table.output),
  ],
);

/** Derivatives in force as the catalog told of them; `gone` keeps what is over from coming back by a late event. */
export const derivatives = tagger.table(
  "derivatives",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    subject: text("subject"),
    analysis: text("analysis"),
    version: text("version"),
    parametersHash: text("parameters_hash"),
    output: text("output"),
    /** `DerivativeFacts`; null where only its end was heard of. */
    facts: json("facts"),
    revision: revision(),
    gone: boolean("gone").notNull().default(false),
    traceparent: text("traceparent"),
  },
  (table) => [
    index("derivatives_by_identity").on(table.analysis, table.version, table.parametersHash, table.output),
    index("derivatives_by_place").on(table.dataset, table.subject),
  ],
);

/** What is shown of each derivative by each tag. */
export const results = tagger.table(
  "results",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    document: text("document").notNull(),
    tag: text("tag").notNull(),
    derivative: uuid("derivative").notNull(),
    /** `pending` until the value was taken out of the file, then `shown`, or `unreadable` with a reason. */
    state: text("state").notNull().default("pending"),
    /** What was taken out of the file, see `Taken`. */
    taken: json("taken"),
    problem: text("problem").notNull().default(""),
    taggedAt: time("tagged_at"),
  },
  (table) => [
    unique("results_once").on(table.document, table.tag, table.derivative),
    index("results_by_derivative").on(table.derivative),
    index("results_by_dataset").on(table.dataset),
    index("results_by_state").on(table.state, table.id),
  ],
);
