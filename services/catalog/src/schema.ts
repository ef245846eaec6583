import { eventTables } from "@rollerblade/database/event-tables";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
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
import { isDictionary } from "./indexing/dictionary-files.ts";

/** The schema of PostgreSQL with all tables of the service: datasets, scans, derivatives and saved queries. No other service reads it. */
export const catalog = pgSchema("catalog");
export const { outbox, inbox } = eventTables(catalog);

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const count = (name: string) => bigint(name, { mode: "number" }).notNull().default(0);

const numberAt = (column: string, key: string) =>
  sql.raw(`case when jsonb_typeof(${column} -> '${key}') = 'number' then (${column} -> '${key}')::float8 end`);

/** Revisions rise over everything, so that a scan that went and came back is newer than it was before. */
export const revisions = catalog.sequence("revisions");

/** Datasets, with statistics that are kept with each change and never counted anew. */
export const datasets = catalog.table("datasets", {
  name: text("name").primaryKey(),
  /** `dataset_description.json`. */
  description: jsonb("description").notNull().default({}),
  /** The dataset that it was derived from, where its description names one. */
  source: text("source"),
  subjects: count("subjects"),
  sessions: count("sessions"),
  scans: count("scans"),
  files: count("files"),
  bytes: count("bytes"),
  derivatives: count("derivatives"),
  derivativeBytes: count("derivative_bytes"),
  createdAt: time("created_at").notNull().defaultNow(),
  updatedAt: time("updated_at").notNull().defaultNow(),
});

/** Which datasets were derived from which, by the pipelines that their descriptions name: `has.derivative` asks. */
export const derivedDatasets = catalog.table(
  "derived_datasets",
  {
    source: text("source").notNull(),
    dataset: text("dataset").notNull(),
    /** In lower case; a dataset may have several, and one pipeline several names. */
    pipeline: text("pipeline").notNull(),
    /** Empty where the description does not say. */
    version: text("version").notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.dataset, table.pipeline] })],
);

/** Every raw file that was announced and checked. */
export const files = catalog.table(
  "files",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    /** The folder that it lies in, relative to the dataset; empty at the root. */
    folder: text("folder").notNull(),
    /** image, companion, sidecar, or what kind of table or document it is. */
    kind: text("kind").notNull(),
    /** Of images: path of the scan that they are (part of). */
    scan: text("scan"),
    subject: text("subject"),
    session: text("session"),
    suffix: text("suffix"),
    extension: text("extension"),
    entities: jsonb("entities").notNull().default({}),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    /** Of JSON that describes other files, what it says; of `scans.tsv`, its rows by path of the scan. */
    content: jsonb("content"),
    /** Of an image: what its header says. */
    image: jsonb("image"),
    /** What is wrong with its content, as the catalog read it: `FileFinding`s; null where nothing is. */
    findings: jsonb("findings"),
    /** When the event was published that announced these bytes: an older one changes nothing any more. */
    publishedAt: time("published_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.path] }),
    index("files_folder").on(table.dataset, table.folder),
    // In the order of bytes all paths below a folder stand together, whatever the collation of the database is.
    index("files_path_bytewise").on(table.dataset, sql`path collate "C"`),
    index("files_scan").on(table.dataset, table.scan).where(sql`scan is not null`),
    index("files_subject").on(table.dataset, table.subject),
    index("files_dictionaries").on(table.dataset).where(sql.raw(isDictionary)),
    index("files_findings").on(table.dataset).where(sql`findings is not null`),
  ],
);

/**
 * Pictures of images, by content: made when they are first asked for, and forgotten in the transaction that deletes, replaces or
 * withdraws what they show. They have some 10 kB, which a table holds as well as a bucket.
 */
export const pictures = catalog.table(
  "pictures",
  {
    dataset: text("dataset").notNull(),
    sha256: text("sha256").notNull(),
    /** Null of an image that has none. */
    webp: bytea("webp"),
    /** Why it has none; empty where it has one. */
    problem: text("problem").notNull().default(""),
    madeAt: time("made_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.sha256] })],
);

/** Paths that are gone, so that an announcement from before is not believed. */
export const removals = catalog.table(
  "removals",
  { dataset: text("dataset").notNull(), path: text("path").notNull(), publishedAt: time("published_at").notNull() },
  (table) => [primaryKey({ columns: [table.dataset, table.path] })],
);

/** Subjects that have scans or a line of `participants.tsv`. */
export const subjects = catalog.table(
  "subjects",
  {
    dataset: text("dataset").notNull(),
    label: text("label").notNull(),
    attributes: jsonb("attributes").notNull().default({}),
    /** By measurement tool: the row of `phenotype/<tool>.tsv`. */
    phenotype: jsonb("phenotype").notNull().default({}),
    /** By sample: the row of `samples.tsv`. */
    samples: jsonb("samples").notNull().default({}),
    scans: integer("scans").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.label] })],
);

/** Sessions that have scans or a row in a table; the label is empty for the one session of a subject without sessions. */
export const sessions = catalog.table(
  "sessions",
  {
    dataset: text("dataset").notNull(),
    subject: text("subject").notNull(),
    label: text("label").notNull(),
    attributes: jsonb("attributes").notNull().default({}),
    /** The row of `participants.tsv` for this session, where that table has a row a session. */
    participants: jsonb("participants").notNull().default({}),
    /** By measurement tool: the row of `phenotype/<tool>.tsv` for this session. */
    phenotype: jsonb("phenotype").notNull().default({}),
    scans: integer("scans").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.subject, table.label] })],
);

/** Scans with all of their facts: one row is what `scan.indexed` says, and what a query looks at. */
export const scans = catalog.table(
  "scans",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    subject: text("subject").notNull(),
    /** Empty where the subject has no sessions. */
    session: text("session").notNull(),
    datatype: text("datatype").notNull(),
    suffix: text("suffix").notNull(),
    extension: text("extension").notNull(),
    entities: jsonb("entities").notNull(),
    metadata: jsonb("metadata").notNull(),
    subjectAttributes: jsonb("subject_attributes").notNull(),
    sessionAttributes: jsonb("session_attributes").notNull(),
    /** What `scans.tsv` says of it and `samples.tsv` of its sample; null where neither says anything. */
    scanAttributes: jsonb("scan_attributes"),
    /** What the header of its image says; null where none could be read. */
    image: jsonb("image"),
    /** The `FileFact`s: images and the nearest companion of each role. */
    files: jsonb("files").notNull(),
    /** The `FileFact`s of ignored files that may go with it; null where there are none. */
    ignoredFiles: jsonb("ignored_files"),
    /** Of a derivative dataset: the paths of what it was made from, where its metadata say that of the source dataset. */
    rawSources: text("raw_sources").array(),
    /** Paths of all JSON sidecars that were merged, from the top downwards. */
    sidecars: text("sidecars").array().notNull(),
    findings: jsonb("findings").notNull().default([]),
    /** Bytes of its images. */
    size: bigint("size", { mode: "number" }).notNull(),
    /** Of its image; null where a folder counts as one file. */
    sha256: text("sha256"),
    /** Hash of all facts but the revision. */
    factsHash: text("facts_hash").notNull(),
    /** Hash of the images alone. */
    imagesHash: text("images_hash").notNull(),
    revision: bigint("revision", { mode: "number" }).notNull(),
    indexedAt: time("indexed_at").notNull().defaultNow(),
    /** When it was indexed first. */
    createdAt: time("created_at").notNull().defaultNow(),
    /** Years, where it is a number. */
    subjectAge: doublePrecision("subject_age").generatedAlwaysAs(numberAt("subject_attributes", "age")),
    sessionAge: doublePrecision("session_age").generatedAlwaysAs(numberAt("session_attributes", "age")),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.path] }),
    // Ages stand at the end, where they are compared before a row is read.
    index("scans_session_suffix").on(
      ...([table.dataset, table.subject, table.session, table.suffix, table.subjectAge, table.sessionAge] as const),
    ),
    index("scans_suffix").on(table.suffix, table.dataset, table.path, table.subjectAge, table.sessionAge),
    index("scans_subject_age").on(table.dataset, table.subjectAge),
    index("scans_session_age").on(table.dataset, table.sessionAge),
    // Equality of any one value: `metadata @> '{"Manufacturer": "GE"}'`.
    index("scans_metadata").using("gin", sql`metadata jsonb_path_ops`),
    index("scans_entities").using("gin", sql`entities jsonb_path_ops`),
    // Of a hundred thousand scans few have any; `findings_v1` reads those alone.
    index("scans_findings").on(table.dataset).where(sql`findings <> '[]'`),
  ],
);

/** Fields that a dataset brings along, with statistics that are counted anew in the background when its scans have changed. */
export const fields = catalog.table(
  "fields",
  {
    dataset: text("dataset").notNull(),
    name: text("name").notNull(),
    /** boolean, number, text, list or object. */
    type: text("type").notNull(),
    /** How many subjects, sessions or scans have it. */
    count: count("count"),
    /** Of numbers. */
    low: doublePrecision("low"),
    high: doublePrecision("high"),
    /** Of short texts and of true and false: the most frequent values as `[value, count]`. */
    examples: jsonb("examples").notNull().default([]),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.name, table.type] }), index("fields_name").on(table.name)],
);

/** When the fields of a dataset were counted, and when its scans changed last; a trigger on `scans` tells. */
export const fieldCounts = catalog.table("field_counts", {
  dataset: text("dataset").primaryKey(),
  staleAt: time("stale_at").notNull().defaultNow(),
  countedAt: time("counted_at"),
  /** How long the last count took. */
  seconds: doublePrecision("seconds").notNull().default(0),
});

/** Subjects with scans by age in whole years, null as -1; triggers on `subjects` keep it. */
export const datasetAges = catalog.table(
  "dataset_ages",
  { dataset: text("dataset").notNull(), age: integer("age").notNull(), subjects: integer("subjects").notNull() },
  (table) => [primaryKey({ columns: [table.dataset, table.age] })],
);

/** What changed of an indexed scan: by field, from what to what; a trigger on `scans` tells. */
export const scanChanges = catalog.table(
  "scan_changes",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    subject: text("subject").notNull(),
    at: time("at").notNull(),
    changes: jsonb("changes").notNull(),
  },
  (table) => [index("scan_changes_scan").on(table.dataset, table.path, table.at)],
);

/** Derivatives that were ever published. */
export const derivatives = catalog.table(
  "derivatives",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    analysis: text("analysis").notNull(),
    version: text("version").notNull(),
    parametersHash: text("parameters_hash").notNull(),
    output: text("output").notNull(),
    key: text("key").notNull(),
    level: text("level").notNull(),
    subject: text("subject"),
    session: text("session"),
    scan: text("scan"),
    entities: jsonb("entities").notNull(),
    datatype: text("datatype"),
    suffix: text("suffix").notNull(),
    extension: text("extension").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    /** in-force, superseded or withdrawn. */
    state: text("state").notNull(),
    /** Whether a source has other content now, was made anew, or is outdated itself; see `markOutdated`. */
    outdated: boolean("outdated").notNull().default(false),
    task: text("task").notNull(),
    decision: text("decision"),
    /** Every dataset that it comes of, itself included: who may read all of them may read it. */
    datasets: text("datasets").array().notNull(),
    revision: bigint("revision", { mode: "number" }).notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    /** Why it was withdrawn; null while it is not, and of what was gone before it came. */
    withdrawnReason: text("withdrawn_reason"),
    /** The person who withdrew it, or something that it was made from; null where a change of the data did. */
    withdrawnBy: text("withdrawn_by"),
  },
  (table) => [
    uniqueIndex("derivatives_in_force").on(table.dataset, table.path).where(sql`state = 'in-force'`),
    index("derivatives_path").on(table.dataset, table.path),
    index("derivatives_path_bytewise").on(table.dataset, sql`path collate "C"`).where(sql`state = 'in-force'`),
    index("derivatives_slice").on(table.dataset, table.subject, table.session),
    index("derivatives_scan").on(table.dataset, table.scan, table.analysis).where(sql`state = 'in-force'`),
    index("derivatives_analysis")
      .on(table.analysis, table.level, table.dataset, table.subject, table.session)
      .where(sql`state = 'in-force'`),
  ],
);

/** What a derivative was made from, in the order of the inputs. */
export const derivativeSources = catalog.table(
  "derivative_sources",
  {
    derivative: uuid("derivative").notNull(),
    position: integer("position").notNull(),
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    sha256: text("sha256").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.derivative, table.position] }),
    index("derivative_sources_path").on(table.dataset, table.path),
  ],
);

/** Uploads that belong together. */
export const batches = catalog.table(
  "batches",
  {
    id: text("id").primaryKey(),
    dataset: text("dataset").notNull(),
    /** Null until `batch.opened` came. */
    expiresAt: time("expires_at"),
    /** How many events belong to it; null until `batch.closed` came. */
    expected: integer("expected"),
    handled: integer("handled").notNull().default(0),
    /** When `batch.indexed` was emitted. */
    indexedAt: time("indexed_at"),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("batches_open").on(table.createdAt).where(sql`indexed_at is null`),
    index("batches_dataset").on(table.dataset),
  ],
);

/** Events of batches that were refused: they count, so that a dead letter holds up no batch. */
export const batchRefusals = catalog.table(
  "batch_refusals",
  {
    batch: text("batch").notNull(),
    event: text("event").notNull(),
    /** Empty once the people that it may name were deleted. */
    reason: text("reason").notNull(),
    /** The scan, or the first file, that the event is about; empty where that is not known. */
    path: text("path").notNull().default(""),
    /** When the event was published. */
    publishedAt: time("published_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.batch, table.event] })],
);

/** Files of events that became dead letters, or soon may: ingest has recorded them, and the catalog knows nothing of them. */
export const refusedFiles = catalog.table(
  "refused_files",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    event: text("event").notNull(),
    sha256: text("sha256").notNull(),
    reason: text("reason").notNull(),
    /** When the event was published. */
    publishedAt: time("published_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.path, table.event] })],
);

/** Subjects and datasets that were deleted: the intent, what is left to do in the bucket, and then the tombstone. */
export const deletions = catalog.table(
  "deletions",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    /** Null for the whole dataset; empty once the label is erased. */
    subject: text("subject"),
    /** Of a subject: hash of its label, by which imports keep it out; see `subjectHash`. */
    subjectHash: text("subject_hash"),
    deleter: text("deleter").notNull(),
    /** What of accounts loses its name with the dataset; null of a subject, and where nobody owned it. */
    resource: uuid("resource"),
    requestedAt: time("requested_at").notNull().defaultNow(),
    /** When the last object was gone. */
    finishedAt: time("finished_at"),
    /** Of a subject: when somebody allowed it to be imported again. Until then imports keep it out. */
    restoredAt: time("restored_at"),
    /** When tables, outboxes and streams are next looked through for what still names it. */
    eraseAt: time("erase_at"),
    /** When nothing was found any more. */
    erasedAt: time("erased_at"),
  },
  (table) => [
    index("deletions_dataset").on(table.dataset),
    index("deletions_open").on(table.requestedAt).where(sql`finished_at is null`),
    index("deletions_to_erase").on(table.eraseAt).where(sql`erased_at is null`),
  ],
);

/** The objects that open deletions are to remove: the files that the catalog knew when the deletion was requested, and no others. */
export const deletionFiles = catalog.table(
  "deletion_files",
  {
    deletion: uuid("deletion").notNull(),
    path: text("path").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
  },
  (table) => [primaryKey({ columns: [table.deletion, table.path] })],
);

/**
 * What ingest reads before it publishes: the latest deletion of each dataset (`subject` is null) and of each subject. `kept_out` is
 * whether the subject must not come back by an import: nobody has restored it, and its dataset has not begun anew.
 */
export const deletionsV1 = catalog
  .view("deletions_v1", {
    dataset: text("dataset").notNull(),
    subject: text("subject"),
    subjectHash: text("subject_hash"),
    requestedAt: time("requested_at").notNull(),
    open: boolean("open").notNull(),
    keptOut: boolean("kept_out").notNull(),
  })
  .as(sql`
    select deletion.dataset, deletion.subject, deletion.subject_hash, max(deletion.requested_at) as requested_at,
      bool_or(deletion.finished_at is null) as open,
      deletion.subject is not null and bool_or(deletion.restored_at is null and not exists (
        select from catalog.deletions whole
        where whole.dataset = deletion.dataset and whole.subject is null and whole.requested_at > deletion.requested_at
      )) as kept_out
    from catalog.deletions deletion
    group by deletion.dataset, deletion.subject, deletion.subject_hash`);

/**
 * Files that were refused and that nothing was known of since, neither by a replay of the event nor by another one. Ingest forgets that it
 * has them, so that uploading them again announces them again.
 */
export const refusedFilesV1 = catalog
  .view("refused_files_v1", {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    sha256: text("sha256").notNull(),
    publishedAt: time("published_at").notNull(),
  })
  .as(sql`
    select refused.dataset, refused.path, refused.sha256, max(refused.published_at) as published_at
    from catalog.refused_files refused
    where not exists (
      select from catalog.files file
      where file.dataset = refused.dataset and file.path = refused.path and file.published_at >= refused.published_at)
    group by 1, 2, 3`);

/**
 * What the catalog itself found wrong with datasets, each thing once: values of scans that cannot be searched, contents that could not be
 * read, and events that were refused. A refusal ends when the same path was published again and accepted, or removed. Ingest lists them beside its own findings.
 */
export const findingsV1 = catalog
  .view("findings_v1", {
    dataset: text("dataset").notNull(),
    severity: text("severity").notNull(),
    rule: text("rule").notNull(),
    file: text("file").notNull(),
    message: text("message").notNull(),
    foundAt: time("found_at").notNull(),
    /** Hash of rule, file and message. */
    fingerprint: text("fingerprint").notNull(),
  })
  .as(sql`
    select found.*,
      encode(sha256(convert_to(jsonb_build_array(found.rule, found.file, found.message)::text, 'UTF8')), 'hex') as fingerprint
    from (
      select scan.dataset, 'warning' as severity, finding ->> 'rule' as rule, finding ->> 'where' as file,
        finding ->> 'message' as message, min(scan.indexed_at) as found_at
      from catalog.scans scan cross join lateral jsonb_array_elements(scan.findings) as finding
      where scan.findings <> '[]'
      group by 1, 2, 3, 4, 5
      union all
      select distinct on (file.dataset, file.path, finding) file.dataset, finding ->> 'severity', finding ->> 'rule', file.path,
        finding ->> 'message', file.published_at
      from catalog.files file cross join lateral jsonb_array_elements(file.findings) as finding
      where file.findings is not null
      union all
      select batch.dataset, 'error', 'event-refused', refusal.path, refusal.reason, min(refusal.published_at)
      from catalog.batches batch join catalog.batch_refusals refusal on refusal.batch = batch.id
      where refusal.reason <> '' and not exists (
          select from catalog.files file
          where file.dataset = batch.dataset and file.path = refusal.path and file.published_at >= refusal.published_at)
        and not exists (
          select from catalog.removals removal
          where removal.dataset = batch.dataset and removal.path = refusal.path and removal.published_at >= refusal.published_at)
      group by 1, 2, 3, 4, 5
      union all
      select refused.dataset, 'error', 'event-refused', min(refused.path), refused.reason, min(refused.published_at)
      from catalog.refused_files refused
      where not exists (select from catalog.batch_refusals refusal where refusal.event = refused.event)
        and not exists (
          select from catalog.files file
          where file.dataset = refused.dataset and file.path = refused.path and file.published_at >= refused.published_at)
        and not exists (
          select from catalog.removals removal
          where removal.dataset = refused.dataset and removal.path = refused.path and removal.published_at >= refused.published_at)
      group by refused.dataset, refused.event, refused.reason
    ) as found`);

/** Queries that somebody gave a name. */
export const savedQueries = catalog.table(
  "saved_queries",
  {
    owner: text("owner").notNull(),
    name: text("name").notNull(),
    expression: text("expression").notNull(),
    level: text("level").notNull(),
    description: text("description").notNull().default(""),
    updatedAt: time("updated_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] }), uniqueIndex("saved_queries_name").on(table.name)],
);

/** Saved queries at a moment: the exact scans, with all that was known of them and the hashes of their files. */
export const queryPins = catalog.table(
  "query_pins",
  {
    id: uuid("id").primaryKey(),
    query: text("query").notNull(),
    pin: text("pin").notNull(),
    expression: text("expression").notNull(),
    level: text("level").notNull(),
    pinnedBy: text("pinned_by").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("query_pins_name").on(table.query, table.pin)],
);

/** What a pin holds of each dataset, so that nobody sees what they may not read. */
export const pinDatasets = catalog.table(
  "pin_datasets",
  {
    pin: uuid("pin").notNull(),
    dataset: text("dataset").notNull(),
    slices: count("slices"),
    scans: count("scans"),
    files: count("files"),
    bytes: count("bytes"),
  },
  (table) => [primaryKey({ columns: [table.pin, table.dataset] })],
);

/** The scans of the slices of a pin, as they were. */
export const pinnedScans = catalog.table(
  "pinned_scans",
  {
    pin: uuid("pin").notNull(),
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    subject: text("subject").notNull(),
    session: text("session").notNull(),
    factsHash: text("facts_hash").notNull(),
    /** Whether the expression was true of it, or it only lies in a slice with one of which it was. */
    matched: boolean("matched").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.pin, table.dataset, table.path] }),
    index("pinned_scans_slice").on(table.pin, table.dataset, table.subject, table.session),
    index("pinned_scans_facts").on(table.factsHash),
  ],
);

/** The derivatives that were in force for the slices of a pin. */
export const pinnedDerivatives = catalog.table(
  "pinned_derivatives",
  { pin: uuid("pin").notNull(), derivative: uuid("derivative").notNull() },
  (table) => [primaryKey({ columns: [table.pin, table.derivative] })],
);

/** Facts that some pin refers to, each version of a scan once; they go when the subject is deleted. */
export const pinnedFacts = catalog.table(
  "pinned_facts",
  {
    factsHash: text("facts_hash").primaryKey(),
    dataset: text("dataset").notNull(),
    subject: text("subject").notNull(),
    facts: jsonb("facts").notNull(),
  },
  (table) => [index("pinned_facts_subject").on(table.dataset, table.subject)],
);
