// Written by `npm run tables` from schema.ts: change that and run it again.
import { table } from "@rollerblade/database";
import type * as schema from "./schema.ts";

/** A row of pipeline_router.analyses. */
export type AnalysisRow = {
  readonly name: string;
  readonly version: string;
  readonly manifest: string;
  readonly code: string;
};

export const analysesTable = table<AnalysisRow>()(
  "pipeline_router.analyses",
  {
    name: "text",
    version: "text",
    manifest: "text",
    code: "text",
  },
  ["name", "version", "manifest", "code"],
);

/** A row of pipeline_router.batches. */
export type BatchRow = {
  readonly batch: string;
  readonly dataset: string;
  readonly expiresAt: Date | null;
  readonly closed: boolean;
};

export const batchesTable = table<BatchRow>()(
  "pipeline_router.batches",
  {
    batch: "text",
    dataset: "text",
    expiresAt: "timestamp with time zone",
    closed: "boolean",
  },
  ["batch", "dataset"],
);

/** A row of pipeline_router.decisions. */
export type DecisionRow = {
  readonly id: string;
  readonly document: string;
  readonly rule: string;
  readonly level: typeof schema.decisions.$inferSelect.level;
  readonly dataset: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
  readonly sliceKey: string;
  readonly key: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly sequence: number | null;
  readonly round: number;
  readonly sends: number;
  readonly application: string;
  readonly run: string | null;
  readonly outcome: typeof schema.decisions.$inferSelect.outcome;
  readonly progress: typeof schema.decisions.$inferSelect.progress;
  readonly reason: string;
  readonly derivatives: readonly string[] | null;
  readonly failure: string | null;
  readonly restarts: number;
  readonly answeredRound: number;
  readonly answerRevision: number;
  readonly traceparent: string | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly askedAt: Date | null;
  readonly startedAt: Date | null;
  readonly concludedAt: Date | null;
  readonly endedAt: Date | null;
  readonly endedWhy: string | null;
};

export const decisionsTable = table<DecisionRow>()(
  "pipeline_router.decisions",
  {
    id: "uuid",
    document: "text",
    rule: "text",
    level: "text",
    dataset: "text",
    subject: "text",
    session: "text",
    scan: "text",
    sliceKey: "text",
    key: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    sequence: "bigint",
    round: "integer",
    sends: "integer",
    application: "uuid",
    run: "uuid",
    outcome: "text",
    progress: "text",
    reason: "text",
    derivatives: "uuid[]",
    failure: "text",
    restarts: "integer",
    answeredRound: "integer",
    answerRevision: "bigint",
    traceparent: "text",
    createdAt: "timestamp with time zone",
    changedAt: "timestamp with time zone",
    askedAt: "timestamp with time zone",
    startedAt: "timestamp with time zone",
    concludedAt: "timestamp with time zone",
    endedAt: "timestamp with time zone",
    endedWhy: "text",
  },
  ["id", "document", "rule", "level", "dataset", "sliceKey", "analysis", "version", "parametersHash", "application", "progress", "reason"],
);

/** A row of pipeline_router.deletions. */
export type DeletionRow = {
  readonly dataset: string;
  readonly subject: string;
  readonly deletedAt: Date;
};

export const deletionsTable = table<DeletionRow>()(
  "pipeline_router.deletions",
  {
    dataset: "text",
    subject: "text",
    deletedAt: "timestamp with time zone",
  },
  ["dataset", "subject", "deletedAt"],
);

/** A row of pipeline_router.derivatives. */
export type DerivativeRow = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly subject: string | null;
  readonly sliceKey: string | null;
  readonly analysis: string | null;
  readonly version: string | null;
  readonly parametersHash: string | null;
  readonly output: string | null;
  readonly key: string | null;
  readonly sequence: number;
  readonly facts: string | null;
  readonly revision: number;
  readonly gone: boolean;
  readonly supersededBy: string | null;
  readonly traceparent: string | null;
  readonly publishedAt: Date;
  readonly knownAt: Date;
};

export const derivativesTable = table<DerivativeRow>()(
  "pipeline_router.derivatives",
  {
    id: "uuid",
    dataset: "text",
    path: "text",
    subject: "text",
    sliceKey: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    output: "text",
    key: "text",
    sequence: "bigint",
    facts: "text",
    revision: "bigint",
    gone: "boolean",
    supersededBy: "uuid",
    traceparent: "text",
    publishedAt: "timestamp with time zone",
    knownAt: "timestamp with time zone",
  },
  ["id", "dataset", "path", "revision", "publishedAt"],
);

/** A row of pipeline_router.dirty. */
export type DirtyRow = {
  readonly id: number;
  readonly dataset: string;
  readonly subject: string;
  readonly dueAt: Date;
  readonly traceparent: string | null;
};

export const dirtyTable = table<DirtyRow>()(
  "pipeline_router.dirty",
  {
    dataset: "text",
    subject: "text",
    dueAt: "timestamp with time zone",
    traceparent: "text",
  },
  ["dataset", "subject"],
);

/** A row of pipeline_router.document_versions. */
export type DocumentVersionRow = {
  readonly document: string;
  readonly revision: number;
  readonly source: string;
  readonly appliedBy: string;
  readonly appliedAt: Date;
};

export const documentVersionsTable = table<DocumentVersionRow>()(
  "pipeline_router.document_versions",
  {
    document: "text",
    revision: "bigint",
    source: "text",
    appliedBy: "text",
    appliedAt: "timestamp with time zone",
  },
  ["document", "revision", "source", "appliedBy", "appliedAt"],
);

/** A row of pipeline_router.documents. */
export type DocumentRow = {
  readonly name: string;
  readonly application: string;
  readonly owner: string;
  readonly resource: string | null;
  readonly source: string;
  readonly datasets: readonly string[];
  readonly locks: string;
  readonly revision: number;
  readonly origin: string;
  readonly removed: boolean;
  readonly traceparent: string | null;
  readonly appliedAt: Date;
};

export const documentsTable = table<DocumentRow>()(
  "pipeline_router.documents",
  {
    name: "text",
    application: "uuid",
    owner: "text",
    resource: "uuid",
    source: "text",
    datasets: "text[]",
    locks: "text",
    revision: "bigint",
    origin: "text",
    removed: "boolean",
    traceparent: "text",
    appliedAt: "timestamp with time zone",
  },
  ["name", "application", "owner", "source", "datasets", "locks", "revision", "origin", "appliedAt"],
);

/** A row of pipeline_router.large_requests. */
export type LargeRequestRow = {
  readonly decision: string;
  readonly round: number;
  readonly message: string;
  readonly body: string;
};

export const largeRequestsTable = table<LargeRequestRow>()(
  "pipeline_router.large_requests",
  {
    decision: "uuid",
    round: "integer",
    message: "text",
    body: "text",
  },
  ["decision", "round", "message", "body"],
);

/** A row of pipeline_router.offers. */
export type OfferRow = {
  readonly name: string;
  readonly kind: string;
  readonly origin: string;
  readonly hash: string;
  readonly refusal: string;
  readonly offeredAt: Date;
};

export const offersTable = table<OfferRow>()(
  "pipeline_router.offers",
  {
    name: "text",
    kind: "text",
    origin: "text",
    hash: "text",
    refusal: "text",
    offeredAt: "timestamp with time zone",
  },
  ["name", "kind", "origin", "hash"],
);

/** A row of pipeline_router.runs. */
export type RunRow = {
  readonly id: string;
  readonly application: string;
  readonly document: string;
  readonly rule: string;
  readonly createdAt: Date;
};

export const runsTable = table<RunRow>()(
  "pipeline_router.runs",
  {
    id: "uuid",
    application: "uuid",
    document: "text",
    rule: "text",
    createdAt: "timestamp with time zone",
  },
  ["id", "application", "document", "rule"],
);

/** A row of pipeline_router.scans. */
export type ScanRow = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly suffix: string;
  readonly facts: string | null;
  readonly revision: number;
  readonly batch: string | null;
  readonly withdrawn: boolean;
  readonly traceparent: string | null;
  readonly publishedAt: Date;
  readonly changedAt: Date;
};

export const scansTable = table<ScanRow>()(
  "pipeline_router.scans",
  {
    dataset: "text",
    path: "text",
    subject: "text",
    suffix: "text",
    facts: "text",
    revision: "bigint",
    batch: "text",
    withdrawn: "boolean",
    traceparent: "text",
    publishedAt: "timestamp with time zone",
    changedAt: "timestamp with time zone",
  },
  ["dataset", "path", "subject", "suffix", "revision", "publishedAt"],
);

/** A row of pipeline_router.sweeps. */
export type SweepRow = {
  readonly name: string;
  readonly dataset: string;
  readonly subject: string;
};

export const sweepsTable = table<SweepRow>()(
  "pipeline_router.sweeps",
  {
    name: "text",
    dataset: "text",
    subject: "text",
  },
  ["name", "dataset", "subject"],
);
