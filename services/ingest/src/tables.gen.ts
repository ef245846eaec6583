// Written by `npm run tables` from schema.ts: change that and run it again.
import { table } from "@rollerblade/database";

/** A row of ingest.conversion_files. */
export type ConversionFileRow = {
  readonly conversionId: string;
  readonly source: string;
  readonly becomes: string;
  readonly targets: unknown;
  readonly reason: string | null;
};

export const conversionFilesTable = table<ConversionFileRow>()(
  "ingest.conversion_files",
  {
    conversionId: "uuid",
    source: "text",
    becomes: "text",
    targets: "jsonb",
    reason: "text",
  },
  ["conversionId", "source", "becomes", "targets"],
);

/** A row of ingest.conversion_sources. */
export type ConversionSourceRow = {
  readonly conversionId: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly key: string;
};

export const conversionSourcesTable = table<ConversionSourceRow>()(
  "ingest.conversion_sources",
  {
    conversionId: "uuid",
    path: "text",
    size: "bigint",
    sha256: "text",
    key: "text",
  },
  ["conversionId", "path", "size", "sha256", "key"],
);

/** A row of ingest.conversions. */
export type ConversionRow = {
  readonly id: string;
  readonly dataset: string;
  readonly uploader: string;
  readonly limitedToken: string | null;
  readonly address: string | null;
  readonly state: string;
  readonly mapping: string | null;
  readonly labels: string | null;
  readonly isPlan: boolean;
  readonly force: boolean;
  readonly attempts: number;
  readonly progress: unknown | null;
  readonly report: unknown | null;
  readonly problem: string | null;
  readonly next: string | null;
  readonly importId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
};

export const conversionsTable = table<ConversionRow>()(
  "ingest.conversions",
  {
    id: "uuid",
    dataset: "text",
    uploader: "text",
    limitedToken: "text",
    address: "text",
    state: "text",
    mapping: "text",
    labels: "text",
    isPlan: "boolean",
    force: "boolean",
    attempts: "integer",
    progress: "jsonb",
    report: "jsonb",
    problem: "text",
    next: "text",
    importId: "uuid",
    createdAt: "timestamp with time zone",
    updatedAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
  },
  ["id", "dataset", "uploader", "state"],
);

/** A row of ingest.corrections. */
export type CorrectionRow = {
  readonly id: string;
  readonly dataset: string;
  readonly importId: string;
  readonly file: string;
  readonly subject: string;
  readonly session: string | null;
  readonly columnName: string;
  readonly expected: string | null;
  readonly before: string | null;
  readonly after: string;
  readonly addColumn: boolean;
  readonly author: string;
  readonly reason: string | null;
  readonly undoOf: string | null;
  readonly createdAt: Date;
};

export const correctionsTable = table<CorrectionRow>()(
  "ingest.corrections",
  {
    id: "uuid",
    dataset: "text",
    importId: "uuid",
    file: "text",
    subject: "text",
    session: "text",
    columnName: "text",
    expected: "text",
    before: "text",
    after: "text",
    addColumn: "boolean",
    author: "text",
    reason: "text",
    undoOf: "uuid",
    createdAt: "timestamp with time zone",
  },
  ["id", "dataset", "importId", "file", "subject", "columnName", "after", "author"],
);

/** A row of ingest.datasets. */
export type DatasetRow = {
  readonly name: string;
  readonly type: string;
  readonly bidsignore: string;
  readonly location: string | null;
  readonly claimedAt: Date;
};

export const datasetsTable = table<DatasetRow>()(
  "ingest.datasets",
  {
    name: "text",
    type: "text",
    bidsignore: "text",
    location: "text",
    claimedAt: "timestamp with time zone",
  },
  ["name", "type", "bidsignore"],
);

/** A row of ingest.files. */
export type FileRow = {
  readonly dataset: string;
  readonly path: string;
  readonly folder: string;
  readonly scan: string | null;
  readonly role: string;
  readonly size: number;
  readonly sha256: string;
  readonly version: string | null;
  readonly origin: string;
  readonly importId: string;
  readonly uploadedAt: Date;
};

export const filesTable = table<FileRow>()(
  "ingest.files",
  {
    dataset: "text",
    path: "text",
    folder: "text",
    scan: "text",
    role: "text",
    size: "bigint",
    sha256: "text",
    version: "text",
    origin: "text",
    importId: "uuid",
    uploadedAt: "timestamp with time zone",
  },
  ["dataset", "path", "folder", "role", "size", "sha256", "origin", "importId"],
);

/** A row of ingest.findings. */
export type FindingRow = {
  readonly dataset: string;
  readonly fingerprint: string;
  readonly severity: string;
  readonly rule: string;
  readonly file: string;
  readonly message: string;
  readonly advice: string;
  readonly section: string;
  readonly foundBy: string;
  readonly foundAt: Date;
  readonly fixedBy: string | null;
  readonly fixedAt: Date | null;
};

export const findingsTable = table<FindingRow>()(
  "ingest.findings",
  {
    dataset: "text",
    fingerprint: "text",
    severity: "text",
    rule: "text",
    file: "text",
    message: "text",
    advice: "text",
    section: "text",
    foundBy: "uuid",
    foundAt: "timestamp with time zone",
    fixedBy: "uuid",
    fixedAt: "timestamp with time zone",
  },
  ["dataset", "fingerprint", "severity", "rule", "file", "message", "advice", "section", "foundBy", "foundAt"],
);

/** A row of ingest.garbage. */
export type GarbageRow = {
  readonly dataset: string;
  readonly path: string;
};

export const garbageTable = table<GarbageRow>()(
  "ingest.garbage",
  {
    dataset: "text",
    path: "text",
  },
  ["dataset", "path"],
);

/** A row of ingest.import_files. */
export type ImportFileRow = {
  readonly importId: string;
  readonly path: string;
  readonly folder: string;
  readonly size: number;
  readonly sha256: string;
  readonly version: string | null;
  readonly gone: boolean;
};

export const importFilesTable = table<ImportFileRow>()(
  "ingest.import_files",
  {
    importId: "uuid",
    path: "text",
    folder: "text",
    size: "bigint",
    sha256: "text",
    version: "text",
    gone: "boolean",
  },
  ["importId", "path", "size", "sha256"],
);

/** A row of ingest.imports. */
export type ImportRow = {
  readonly id: string;
  readonly dataset: string;
  readonly uploader: string;
  readonly mode: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly state: string;
  readonly revision: number;
  readonly traceparent: string | null;
  readonly strict: boolean;
  readonly skipped: unknown;
  readonly location: string | null;
  readonly listed: number;
  readonly listedTo: string | null;
  readonly complete: boolean;
  readonly toPublish: number;
  readonly published: number;
  readonly trouble: string | null;
  readonly summary: unknown | null;
  readonly findings: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
  readonly sweptAt: Date | null;
  readonly judged: boolean;
  readonly reported: boolean;
};

export const importsTable = table<ImportRow>()(
  "ingest.imports",
  {
    id: "uuid",
    dataset: "text",
    uploader: "text",
    mode: "text",
    force: "boolean",
    dryRun: "boolean",
    state: "text",
    revision: "integer",
    traceparent: "text",
    strict: "boolean",
    skipped: "jsonb",
    location: "text",
    listed: "integer",
    listedTo: "text",
    complete: "boolean",
    toPublish: "integer",
    published: "integer",
    trouble: "text",
    summary: "jsonb",
    findings: "jsonb",
    createdAt: "timestamp with time zone",
    updatedAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
    sweptAt: "timestamp with time zone",
    judged: "boolean",
    reported: "boolean",
  },
  ["id", "dataset", "uploader", "mode", "state"],
);

/** A row of ingest.report_parts. */
export type ReportPartRow = {
  readonly importId: string;
  readonly part: number;
  readonly findings: unknown;
  readonly last: boolean;
};

export const reportPartsTable = table<ReportPartRow>()(
  "ingest.report_parts",
  {
    importId: "uuid",
    part: "integer",
    findings: "jsonb",
    last: "boolean",
  },
  ["importId", "part", "findings"],
);

/** A row of ingest.staged. */
export type StagedRow = {
  readonly importId: string;
  readonly sha256: string;
  readonly size: number;
  readonly key: string;
  readonly start: number | null;
  readonly checked: boolean;
  readonly fault: string | null;
};

export const stagedTable = table<StagedRow>()(
  "ingest.staged",
  {
    importId: "uuid",
    sha256: "text",
    size: "bigint",
    key: "text",
    start: "bigint",
    checked: "boolean",
    fault: "text",
  },
  ["importId", "sha256", "size", "key", "checked"],
);
