import { eventTables } from "@rollerblade/database/event-tables";
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

/** The schema of PostgreSQL with all tables of the service: imports and the files of datasets. No other service reads it. */
export const ingest = pgSchema("ingest");
export const { outbox, inbox } = eventTables(ingest);

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Datasets that something was accepted into, with what their names are judged by. */
export const datasets = ingest.table("datasets", {
  name: text("name").primaryKey(),
  /** `raw` or `derivative`, from `dataset_description.json`. */
  type: text("type").notNull(),
  /** The text of `.bidsignore`, empty without one. */
  bidsignore: text("bidsignore").notNull(),
  /**
   * Where its files lie when they were not copied (`file:///…`, `s3://bucket/prefix`); null where they are in the
   * bucket.
   */
  location: text("location"),
  claimedAt: time("claimed_at").notNull().defaultNow(),
});

/**
 * Every file that was accepted and lies at `datasets/<dataset>/<path>`. One that is lost (not in the bucket any more, or
 * refused by the catalog) has an empty `sha256` and no `version`, so that its bytes are a change.
 */
export const files = ingest.table(
  "files",
  {
    dataset: text("dataset").notNull(),
    path: text("path").notNull(),
    /** The folder of the scans that it may belong to. */
    folder: text("folder").notNull(),
    /** Path of its scan's data file; null for files that speak of several scans, of subjects or of the dataset. */
    scan: text("scan"),
    role: text("role").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    /**
     * What its origin stated about it, such as a modification time or an ETag: as long as that and the size stay, so do
     * the bytes.
     */
    version: text("version"),
    /** `import` or `upload`: a mirror removes only what an import brought. */
    origin: text("origin").notNull(),
    importId: uuid("import_id").notNull(),
    uploadedAt: time("uploaded_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.path] }),
    index("files_folder").on(table.dataset, table.folder),
    // Listings come in byte order of path and are compared range by range.
    index("files_path_bytewise").on(table.dataset, sql`path collate "C"`),
  ],
);

/** One import or upload; see the states in the client's routes. */
export const imports = ingest.table(
  "imports",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    uploader: text("uploader").notNull(),
    /** `add`, `mirror` or `upload`. */
    mode: text("mode").notNull(),
    /** Whether a mirror may remove more than half of the dataset's files. */
    force: boolean("force").notNull().default(false),
    /** Whether it only says what it would change. */
    dryRun: boolean("dry_run").notNull().default(false),
    state: text("state").notNull(),
    /**
     * Rises when the manifest is changed from outside (a deleted subject), so that a plan made before is not recorded.
     */
    revision: integer("revision").notNull().default(0),
    /** Trace of the request that committed it. */
    traceparent: text("traceparent"),
    /** Whether anything that is wrong with it refuses all of it. */
    strict: boolean("strict").notNull().default(false),
    /** How many files took no part, by reason. */
    skipped: jsonb("skipped").notNull().default({}),
    /** Where the files stay, of an import in place. */
    location: text("location"),
    /** How many files were listed, and the last of them. */
    listed: integer("listed").notNull().default(0),
    listedTo: text("listed_to"),
    /** Whether the list is complete, so that what it does not name is gone. */
    complete: boolean("complete").notNull().default(false),
    toPublish: integer("to_publish").notNull().default(0),
    published: integer("published").notNull().default(0),
    /** Why it did not go on when that was last tried. */
    trouble: text("trouble"),
    summary: jsonb("summary"),
    findings: jsonb("findings").notNull().default([]),
    createdAt: time("created_at").notNull().defaultNow(),
    updatedAt: time("updated_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
    /** When its staged objects were gone. */
    sweptAt: time("swept_at"),
    /** Whether what is wrong with the dataset since is among the findings. */
    judged: boolean("judged").notNull().default(false),
    /** Whether somebody looked through all of the dataset as it was then. */
    reported: boolean("reported").notNull().default(false),
  },
  (table) => [
    uniqueIndex("imports_open")
      .on(table.dataset, table.uploader)
      .where(sql`state = 'open' and mode <> 'upload' and not dry_run`),
    index("imports_unswept").on(table.state).where(sql`swept_at is null`),
    index("imports_unjudged").on(table.dataset).where(sql`state = 'committed' and not judged`),
    index("imports_dataset").on(table.dataset),
  ],
);

/** The manifest of an import: what is new, changed or gone. */
export const importFiles = ingest.table(
  "import_files",
  {
    importId: uuid("import_id").notNull(),
    path: text("path").notNull(),
    /** The folder of the scans that it may belong to. */
    folder: text("folder").notNull().default(""),
    size: bigint("size", { mode: "number" }).notNull(),
    /** Empty where it is gone. */
    sha256: text("sha256").notNull(),
    version: text("version"),
    gone: boolean("gone").notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.importId, table.path] }),
    index("import_files_folder").on(table.importId, table.folder),
    index("import_files_path_bytewise").on(table.importId, sql`path collate "C"`),
    index("import_files_sha256").on(table.importId, table.sha256),
  ],
);

/** Contents that lie under `staging/imports/`, checked against their hash. */
export const staged = ingest.table(
  "staged",
  {
    importId: uuid("import_id").notNull(),
    sha256: text("sha256").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    key: text("key").notNull(),
    /** Where they begin in an object that holds many; null where the object is they. */
    start: bigint("start", { mode: "number" }),
    /** Whether the bytes were read as JSON when they came. */
    checked: boolean("checked").notNull(),
    /** What speaks against them as a sidecar; null for nothing. */
    fault: text("fault"),
  },
  (table) => [primaryKey({ columns: [table.importId, table.sha256] })],
);

/** Reports of uploaders on datasets that are being imported, until the import is judged. */
export const reportParts = ingest.table(
  "report_parts",
  {
    importId: uuid("import_id").notNull(),
    part: integer("part").notNull(),
    findings: jsonb("findings").notNull(),
    /** Whether it is the last part: without one the report does not count. */
    last: boolean("last").notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.importId, table.part] })],
);

/** What is or was wrong with datasets: from the import that found it to the one that fixed it. */
export const findings = ingest.table(
  "findings",
  {
    dataset: text("dataset").notNull(),
    /** Hash of rule, file and message: the same finding again is not a new one. */
    fingerprint: text("fingerprint").notNull(),
    severity: text("severity").notNull(),
    rule: text("rule").notNull(),
    file: text("file").notNull(),
    message: text("message").notNull(),
    advice: text("advice").notNull(),
    section: text("section").notNull(),
    foundBy: uuid("found_by").notNull(),
    foundAt: time("found_at").notNull(),
    /** Null as long as it is so. */
    fixedBy: uuid("fixed_by"),
    fixedAt: time("fixed_at"),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.fingerprint, table.foundBy] }),
    uniqueIndex("findings_open").on(table.dataset, table.fingerprint).where(sql`fixed_by is null`),
    index("findings_found").on(table.foundBy),
    index("findings_fixed").on(table.fixedBy),
  ],
);

/**
 * Cells of tables of people that somebody set, in the order in which they were set. They count once their import is
 * committed.
 */
export const corrections = ingest.table(
  "corrections",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    /** The upload that writes the table. */
    importId: uuid("import_id").notNull(),
    /** Path of the table. */
    file: text("file").notNull(),
    /** Labels, without `sub-` and `ses-`. */
    subject: text("subject").notNull(),
    session: text("session"),
    columnName: text("column_name").notNull(),
    /** What the cell must have held, or the correction is refused; null for whatever it held. */
    expected: text("expected"),
    /** What the cell held; null where there was none, and until the correction is applied. */
    before: text("before"),
    after: text("after").notNull(),
    /** Whether the table may get the column. */
    addColumn: boolean("add_column").notNull().default(false),
    author: text("author").notNull(),
    reason: text("reason"),
    /** The correction that this one takes back. */
    undoOf: uuid("undo_of"),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("corrections_subject").on(table.dataset, table.subject),
    index("corrections_file").on(table.dataset, table.file),
    index("corrections_import").on(table.importId),
  ],
);

/** Objects that no record speaks of any more and that are to be deleted, unless their name is taken again by then. */
export const garbage = ingest.table(
  "garbage",
  { dataset: text("dataset").notNull(), path: text("path").notNull() },
  (table) => [primaryKey({ columns: [table.dataset, table.path] })],
);

/** Conversions to BIDS, with what came of them, until they are swept; see the states in the client's routes. */
export const conversions = ingest.table(
  "conversions",
  {
    id: uuid("id").primaryKey(),
    dataset: text("dataset").notNull(),
    uploader: text("uploader").notNull(),
    /** The limited token with which it was begun: what is imported stays within its limits. */
    limitedToken: text("limited_token"),
    /** Where the server reads the source; null where it was sent. */
    address: text("address"),
    state: text("state").notNull(),
    mapping: text("mapping"),
    /** The secret table of labels; it is never in the bucket. */
    labels: text("labels"),
    isPlan: boolean("is_plan").notNull().default(true),
    force: boolean("force").notNull().default(false),
    /** How often this run was begun: one that ends its process again and again is given up. */
    attempts: integer("attempts").notNull().default(0),
    progress: jsonb("progress"),
    report: jsonb("report"),
    problem: text("problem"),
    next: text("next"),
    importId: uuid("import_id"),
    createdAt: time("created_at").notNull().defaultNow(),
    updatedAt: time("updated_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
  },
  (table) => [index("conversions_state").on(table.state), index("conversions_dataset").on(table.dataset)],
);

/** Files that were sent as the source of a conversion. */
export const conversionSources = ingest.table(
  "conversion_sources",
  {
    conversionId: uuid("conversion_id").notNull(),
    path: text("path").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    key: text("key").notNull(),
  },
  (table) => [primaryKey({ columns: [table.conversionId, table.path] })],
);

/** What becomes of each file of the source, by the last plan of a conversion. */
export const conversionFiles = ingest.table(
  "conversion_files",
  {
    conversionId: uuid("conversion_id").notNull(),
    source: text("source").notNull(),
    /** Column `is` would be a word of SQL. */
    becomes: text("becomes").notNull(),
    targets: jsonb("targets").notNull(),
    reason: text("reason"),
  },
  (table) => [primaryKey({ columns: [table.conversionId, table.source] })],
);
