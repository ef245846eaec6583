// Written by `npm run tables` from schema.ts: change that and run it again.
import { table } from "@rollerblade/database";

/** A row of catalog.batch_refusals. */
export type BatchRefusalRow = {
  readonly batch: string;
  readonly event: string;
  readonly reason: string;
  readonly path: string;
  readonly publishedAt: Date;
};

export const batchRefusalsTable = table<BatchRefusalRow>()(
  "catalog.batch_refusals",
  {
    batch: "text",
    event: "text",
    reason: "text",
    path: "text",
    publishedAt: "timestamp with time zone",
  },
  ["batch", "event", "reason"],
);

/** A row of catalog.batches. */
export type BatchRow = {
  readonly id: string;
  readonly dataset: string;
  readonly expiresAt: Date | null;
  readonly expected: number | null;
  readonly handled: number;
  readonly indexedAt: Date | null;
  readonly createdAt: Date;
};

export const batchesTable = table<BatchRow>()(
  "catalog.batches",
  {
    id: "text",
    dataset: "text",
    expiresAt: "timestamp with time zone",
    expected: "integer",
    handled: "integer",
    indexedAt: "timestamp with time zone",
    createdAt: "timestamp with time zone",
  },
  ["id", "dataset"],
);

/** A row of catalog.dataset_ages. */
export type DatasetAgeRow = {
  readonly dataset: string;
  readonly age: number;
  readonly subjects: number;
};

export const datasetAgesTable = table<DatasetAgeRow>()(
  "catalog.dataset_ages",
  {
    dataset: "text",
    age: "integer",
    subjects: "integer",
  },
  ["dataset", "age", "subjects"],
);

/** A row of catalog.datasets. */
export type DatasetRow = {
  readonly name: string;
  readonly description: unknown;
  readonly source: string | null;
  readonly subjects: number;
  readonly sessions: number;
  readonly scans: number;
  readonly files: number;
  readonly bytes: number;
  readonly derivatives: number;
  readonly derivativeBytes: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const datasetsTable = table<DatasetRow>()(
  "catalog.datasets",
  {
    name: "text",
    description: "jsonb",
    source: "text",
    subjects: "bigint",
    sessions: "bigint",
    scans: "bigint",
    files: "bigint",
    bytes: "bigint",
    derivatives: "bigint",
    derivativeBytes: "bigint",
    createdAt: "timestamp with time zone",
    updatedAt: "timestamp with time zone",
  },
  ["name"],
);

/** A row of catalog.deletion_files. */
export type DeletionFileRow = {
  readonly deletion: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
};

export const deletionFilesTable = table<DeletionFileRow>()(
  "catalog.deletion_files",
  {
    deletion: "uuid",
    path: "text",
    size: "bigint",
    sha256: "text",
  },
  ["deletion", "path", "size", "sha256"],
);

/** A row of catalog.deletions. */
export type DeletionRow = {
  readonly id: string;
  readonly dataset: string;
  readonly subject: string | null;
  readonly subjectHash: string | null;
  readonly deleter: string;
  readonly resource: string | null;
  readonly requestedAt: Date;
  readonly finishedAt: Date | null;
  readonly restoredAt: Date | null;
  readonly eraseAt: Date | null;
  readonly erasedAt: Date | null;
};

export const deletionsTable = table<DeletionRow>()(
  "catalog.deletions",
  {
    id: "uuid",
    dataset: "text",
    subject: "text",
    subjectHash: "text",
    deleter: "text",
    resource: "uuid",
    requestedAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
    restoredAt: "timestamp with time zone",
    eraseAt: "timestamp with time zone",
    erasedAt: "timestamp with time zone",
  },
  ["id", "dataset", "deleter"],
);

/** A row of catalog.deletions_v1. */
export type DeletionsV1Row = {
};

/** A row of catalog.derivative_sources. */
export type DerivativeSourceRow = {
  readonly derivative: string;
  readonly position: number;
  readonly dataset: string;
  readonly path: string;
  readonly sha256: string;
};

export const derivativeSourcesTable = table<DerivativeSourceRow>()(
  "catalog.derivative_sources",
  {
    derivative: "uuid",
    position: "integer",
    dataset: "text",
    path: "text",
    sha256: "text",
  },
  ["derivative", "position", "dataset", "path", "sha256"],
);

/** A row of catalog.derivatives. */
export type DerivativeRow = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly output: string;
  readonly key: string;
  readonly level: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
  readonly entities: unknown;
  readonly datatype: string | null;
  readonly suffix: string;
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  readonly sequence: number;
  readonly state: string;
  readonly outdated: boolean;
  readonly task: string;
  readonly decision: string | null;
  readonly datasets: readonly string[];
  readonly revision: number;
  readonly createdAt: Date;
  readonly withdrawnReason: string | null;
  readonly withdrawnBy: string | null;
};

export const derivativesTable = table<DerivativeRow>()(
  "catalog.derivatives",
  {
    id: "uuid",
    dataset: "text",
    path: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    output: "text",
    key: "text",
    level: "text",
    subject: "text",
    session: "text",
    scan: "text",
    entities: "jsonb",
    datatype: "text",
    suffix: "text",
    extension: "text",
    size: "bigint",
    sha256: "text",
    sequence: "bigint",
    state: "text",
    outdated: "boolean",
    task: "text",
    decision: "text",
    datasets: "text[]",
    revision: "bigint",
    createdAt: "timestamp with time zone",
    withdrawnReason: "text",
    withdrawnBy: "text",
  },
  ["id", "dataset", "path", "analysis", "version", "parametersHash", "output", "key", "level", "entities", "suffix", "extension", "size", "sha256", "sequence", "state", "task", "datasets", "revision"],
);

/** A row of catalog.derived_datasets. */
export type DerivedDatasetRow = {
  readonly source: string;
  readonly dataset: string;
  readonly pipeline: string;
  readonly version: string;
};

export const derivedDatasetsTable = table<DerivedDatasetRow>()(
  "catalog.derived_datasets",
  {
    source: "text",
    dataset: "text",
    pipeline: "text",
    version: "text",
  },
  ["source", "dataset", "pipeline", "version"],
);

/** A row of catalog.field_counts. */
export type FieldCountRow = {
  readonly dataset: string;
  readonly staleAt: Date;
  readonly countedAt: Date | null;
  readonly seconds: number;
};

export const fieldCountsTable = table<FieldCountRow>()(
  "catalog.field_counts",
  {
    dataset: "text",
    staleAt: "timestamp with time zone",
    countedAt: "timestamp with time zone",
    seconds: "double precision",
  },
  ["dataset"],
);

/** A row of catalog.fields. */
export type FieldRow = {
  readonly dataset: string;
  readonly name: string;
  readonly type: string;
  readonly count: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: unknown;
};

export const fieldsTable = table<FieldRow>()(
  "catalog.fields",
  {
    dataset: "text",
    name: "text",
    type: "text",
    count: "bigint",
    low: "double precision",
    high: "double precision",
    examples: "jsonb",
  },
  ["dataset", "name", "type"],
);

/** A row of catalog.files. */
export type FileRow = {
  readonly dataset: string;
  readonly path: string;
  readonly folder: string;
  readonly kind: string;
  readonly scan: string | null;
  readonly subject: string | null;
  readonly session: string | null;
  readonly suffix: string | null;
  readonly extension: string | null;
  readonly entities: unknown;
  readonly size: number;
  readonly sha256: string;
  readonly content: unknown | null;
  readonly image: unknown | null;
  readonly findings: unknown | null;
  readonly publishedAt: Date;
};

export const filesTable = table<FileRow>()(
  "catalog.files",
  {
    dataset: "text",
    path: "text",
    folder: "text",
    kind: "text",
    scan: "text",
    subject: "text",
    session: "text",
    suffix: "text",
    extension: "text",
    entities: "jsonb",
    size: "bigint",
    sha256: "text",
    content: "jsonb",
    image: "jsonb",
    findings: "jsonb",
    publishedAt: "timestamp with time zone",
  },
  ["dataset", "path", "folder", "kind", "size", "sha256", "publishedAt"],
);

/** A row of catalog.findings_v1. */
export type FindingsV1Row = {
};

/** A row of catalog.pictures. */
export type PictureRow = {
  readonly dataset: string;
  readonly sha256: string;
  readonly webp: Uint8Array | null;
  readonly problem: string;
  readonly madeAt: Date;
};

export const picturesTable = table<PictureRow>()(
  "catalog.pictures",
  {
    dataset: "text",
    sha256: "text",
    webp: "bytea",
    problem: "text",
    madeAt: "timestamp with time zone",
  },
  ["dataset", "sha256"],
);

/** A row of catalog.pin_datasets. */
export type PinDatasetRow = {
  readonly pin: string;
  readonly dataset: string;
  readonly slices: number;
  readonly scans: number;
  readonly files: number;
  readonly bytes: number;
};

export const pinDatasetsTable = table<PinDatasetRow>()(
  "catalog.pin_datasets",
  {
    pin: "uuid",
    dataset: "text",
    slices: "bigint",
    scans: "bigint",
    files: "bigint",
    bytes: "bigint",
  },
  ["pin", "dataset"],
);

/** A row of catalog.pinned_derivatives. */
export type PinnedDerivativeRow = {
  readonly pin: string;
  readonly derivative: string;
};

export const pinnedDerivativesTable = table<PinnedDerivativeRow>()(
  "catalog.pinned_derivatives",
  {
    pin: "uuid",
    derivative: "uuid",
  },
  ["pin", "derivative"],
);

/** A row of catalog.pinned_facts. */
export type PinnedFactRow = {
  readonly factsHash: string;
  readonly dataset: string;
  readonly subject: string;
  readonly facts: unknown;
};

export const pinnedFactsTable = table<PinnedFactRow>()(
  "catalog.pinned_facts",
  {
    factsHash: "text",
    dataset: "text",
    subject: "text",
    facts: "jsonb",
  },
  ["factsHash", "dataset", "subject", "facts"],
);

/** A row of catalog.pinned_scans. */
export type PinnedScanRow = {
  readonly pin: string;
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly factsHash: string;
  readonly matched: boolean;
};

export const pinnedScansTable = table<PinnedScanRow>()(
  "catalog.pinned_scans",
  {
    pin: "uuid",
    dataset: "text",
    path: "text",
    subject: "text",
    session: "text",
    factsHash: "text",
    matched: "boolean",
  },
  ["pin", "dataset", "path", "subject", "session", "factsHash", "matched"],
);

/** A row of catalog.query_pins. */
export type QueryPinRow = {
  readonly id: string;
  readonly query: string;
  readonly pin: string;
  readonly expression: string;
  readonly level: string;
  readonly pinnedBy: string;
  readonly createdAt: Date;
};

export const queryPinsTable = table<QueryPinRow>()(
  "catalog.query_pins",
  {
    id: "uuid",
    query: "text",
    pin: "text",
    expression: "text",
    level: "text",
    pinnedBy: "text",
    createdAt: "timestamp with time zone",
  },
  ["id", "query", "pin", "expression", "level", "pinnedBy", "createdAt"],
);

/** A row of catalog.refused_files. */
export type RefusedFileRow = {
  readonly dataset: string;
  readonly path: string;
  readonly event: string;
  readonly sha256: string;
  readonly reason: string;
  readonly publishedAt: Date;
};

export const refusedFilesTable = table<RefusedFileRow>()(
  "catalog.refused_files",
  {
    dataset: "text",
    path: "text",
    event: "text",
    sha256: "text",
    reason: "text",
    publishedAt: "timestamp with time zone",
  },
  ["dataset", "path", "event", "sha256", "reason", "publishedAt"],
);

/** A row of catalog.refused_files_v1. */
export type RefusedFilesV1Row = {
};

/** A row of catalog.removals. */
export type RemovalRow = {
  readonly dataset: string;
  readonly path: string;
  readonly publishedAt: Date;
};

export const removalsTable = table<RemovalRow>()(
  "catalog.removals",
  {
    dataset: "text",
    path: "text",
    publishedAt: "timestamp with time zone",
  },
  ["dataset", "path", "publishedAt"],
);

/** A row of catalog.saved_queries. */
export type SavedQueryRow = {
  readonly owner: string;
  readonly name: string;
  readonly expression: string;
  readonly level: string;
  readonly description: string;
  readonly updatedAt: Date;
};

export const savedQueriesTable = table<SavedQueryRow>()(
  "catalog.saved_queries",
  {
    owner: "text",
    name: "text",
    expression: "text",
    level: "text",
    description: "text",
    updatedAt: "timestamp with time zone",
  },
  ["owner", "name", "expression", "level"],
);

/** A row of catalog.scan_changes. */
export type ScanChangeRow = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly at: Date;
  readonly changes: unknown;
};

export const scanChangesTable = table<ScanChangeRow>()(
  "catalog.scan_changes",
  {
    dataset: "text",
    path: "text",
    subject: "text",
    at: "timestamp with time zone",
    changes: "jsonb",
  },
  ["dataset", "path", "subject", "at", "changes"],
);

/** A row of catalog.scans. */
export type ScanRow = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly datatype: string;
  readonly suffix: string;
  readonly extension: string;
  readonly entities: unknown;
  readonly metadata: unknown;
  readonly subjectAttributes: unknown;
  readonly sessionAttributes: unknown;
  readonly scanAttributes: unknown | null;
  readonly image: unknown | null;
  readonly files: unknown;
  readonly ignoredFiles: unknown | null;
  readonly rawSources: readonly string[] | null;
  readonly sidecars: readonly string[];
  readonly findings: unknown;
  readonly size: number;
  readonly sha256: string | null;
  readonly factsHash: string;
  readonly imagesHash: string;
  readonly revision: number;
  readonly indexedAt: Date;
  readonly createdAt: Date;
  readonly subjectAge: number | null;
  readonly sessionAge: number | null;
};

export const scansTable = table<ScanRow>()(
  "catalog.scans",
  {
    dataset: "text",
    path: "text",
    subject: "text",
    session: "text",
    datatype: "text",
    suffix: "text",
    extension: "text",
    entities: "jsonb",
    metadata: "jsonb",
    subjectAttributes: "jsonb",
    sessionAttributes: "jsonb",
    scanAttributes: "jsonb",
    image: "jsonb",
    files: "jsonb",
    ignoredFiles: "jsonb",
    rawSources: "text[]",
    sidecars: "text[]",
    findings: "jsonb",
    size: "bigint",
    sha256: "text",
    factsHash: "text",
    imagesHash: "text",
    revision: "bigint",
    indexedAt: "timestamp with time zone",
    createdAt: "timestamp with time zone",
  },
  ["dataset", "path", "subject", "session", "datatype", "suffix", "extension", "entities", "metadata", "subjectAttributes", "sessionAttributes", "files", "sidecars", "size", "factsHash", "imagesHash", "revision"],
);

/** A row of catalog.sessions. */
export type SessionRow = {
  readonly dataset: string;
  readonly subject: string;
  readonly label: string;
  readonly attributes: unknown;
  readonly participants: unknown;
  readonly phenotype: unknown;
  readonly scans: number;
};

export const sessionsTable = table<SessionRow>()(
  "catalog.sessions",
  {
    dataset: "text",
    subject: "text",
    label: "text",
    attributes: "jsonb",
    participants: "jsonb",
    phenotype: "jsonb",
    scans: "integer",
  },
  ["dataset", "subject", "label"],
);

/** A row of catalog.subjects. */
export type SubjectRow = {
  readonly dataset: string;
  readonly label: string;
  readonly attributes: unknown;
  readonly phenotype: unknown;
  readonly samples: unknown;
  readonly scans: number;
};

export const subjectsTable = table<SubjectRow>()(
  "catalog.subjects",
  {
    dataset: "text",
    label: "text",
    attributes: "jsonb",
    phenotype: "jsonb",
    samples: "jsonb",
    scans: "integer",
  },
  ["dataset", "label"],
);
