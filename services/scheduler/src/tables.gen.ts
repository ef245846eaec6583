// Written by `npm run tables` from schema.ts: change that and run it again.
import { table } from "@rollerblade/database";
import type * as schema from "./schema.ts";

/** A row of scheduler.analyses. */
export type AnalysisRow = {
  readonly name: string;
  readonly version: string;
  readonly manifest: typeof schema.analyses.$inferSelect.manifest;
  readonly code: string;
  readonly image: string | null;
  readonly folder: string | null;
  readonly source: string;
  readonly owner: string;
  readonly createdAt: Date;
};

export const analysesTable = table<AnalysisRow>()(
  "scheduler.analyses",
  {
    name: "text",
    version: "text",
    manifest: "jsonb",
    code: "text",
    image: "text",
    folder: "text",
    source: "text",
    owner: "text",
    createdAt: "timestamp with time zone",
  },
  ["name", "version", "manifest", "code", "source", "owner"],
);

/** A row of scheduler.assets. */
export type AssetRow = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly sha256: string;
  readonly files: typeof schema.assets.$inferSelect.files;
  readonly complete: boolean;
  readonly owner: string;
  readonly createdAt: Date;
};

export const assetsTable = table<AssetRow>()(
  "scheduler.assets",
  {
    name: "text",
    version: "text",
    description: "text",
    sha256: "text",
    files: "jsonb",
    complete: "boolean",
    owner: "text",
    createdAt: "timestamp with time zone",
  },
  ["name", "version", "description", "sha256", "files", "complete", "owner"],
);

/** A row of scheduler.attempts. */
export type AttemptRow = {
  readonly id: string;
  readonly execution: string;
  readonly number: number;
  readonly state: typeof schema.attempts.$inferSelect.state;
  readonly executor: string;
  readonly outcome: typeof schema.attempts.$inferSelect.outcome;
  readonly counted: boolean;
  readonly exitCode: number | null;
  readonly reason: string;
  readonly memory: number;
  readonly log: string | null;
  readonly traceparent: string;
  readonly leaseOwner: string;
  readonly leaseUntil: Date;
  readonly job: string | null;
  readonly jobIndex: number | null;
  readonly report: typeof schema.attempts.$inferSelect.report;
  readonly waiting: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
};

export const attemptsTable = table<AttemptRow>()(
  "scheduler.attempts",
  {
    id: "uuid",
    execution: "uuid",
    number: "integer",
    state: "text",
    executor: "text",
    outcome: "text",
    counted: "boolean",
    exitCode: "integer",
    reason: "text",
    memory: "bigint",
    log: "text",
    traceparent: "text",
    leaseOwner: "text",
    leaseUntil: "timestamp with time zone",
    job: "text",
    jobIndex: "integer",
    report: "jsonb",
    waiting: "text",
    startedAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
  },
  ["id", "execution", "number", "state", "executor", "memory", "leaseOwner", "leaseUntil"],
);

/** A row of scheduler.derivatives. */
export type DerivativeRow = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly folder: string;
  readonly sidecar: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly output: string;
  readonly key: string;
  readonly execution: string;
  readonly task: string;
  readonly slice: typeof schema.derivatives.$inferSelect.slice;
  readonly entities: typeof schema.derivatives.$inferSelect.entities;
  readonly datatype: string | null;
  readonly suffix: string;
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  readonly sources: typeof schema.derivatives.$inferSelect.sources;
  readonly parameters: typeof schema.derivatives.$inferSelect.parameters;
  readonly metadata: typeof schema.derivatives.$inferSelect.metadata;
  readonly code: string;
  readonly sequence: number;
  readonly state: typeof schema.derivatives.$inferSelect.state;
  readonly createdAt: Date;
};

export const derivativesTable = table<DerivativeRow>()(
  "scheduler.derivatives",
  {
    id: "uuid",
    dataset: "text",
    path: "text",
    folder: "text",
    sidecar: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    output: "text",
    key: "text",
    execution: "uuid",
    task: "uuid",
    slice: "jsonb",
    entities: "jsonb",
    datatype: "text",
    suffix: "text",
    extension: "text",
    size: "bigint",
    sha256: "text",
    sources: "jsonb",
    parameters: "jsonb",
    metadata: "jsonb",
    code: "text",
    sequence: "bigint",
    state: "text",
    createdAt: "timestamp with time zone",
  },
  ["id", "dataset", "path", "folder", "analysis", "version", "parametersHash", "output", "key", "execution", "task", "slice", "entities", "suffix", "extension", "size", "sha256", "sources", "parameters", "code", "sequence", "state"],
);

/** A row of scheduler.executions. */
export type ExecutionRow = {
  readonly id: string;
  readonly key: string;
  readonly analysis: string;
  readonly version: string;
  readonly parameters: typeof schema.executions.$inferSelect.parameters;
  readonly datasets: readonly string[];
  readonly state: typeof schema.executions.$inferSelect.state;
  readonly rank: number;
  readonly owner: string;
  readonly enqueued: number;
  readonly cpu: number;
  readonly memory: number;
  readonly attempts: number;
  readonly counted: number;
  readonly notBefore: Date | null;
  readonly cancelRequested: boolean;
  readonly reason: string;
  readonly forgotten: boolean;
  readonly erasedAtEnd: boolean;
  readonly staged: boolean;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

export const executionsTable = table<ExecutionRow>()(
  "scheduler.executions",
  {
    id: "uuid",
    key: "text",
    analysis: "text",
    version: "text",
    parameters: "jsonb",
    datasets: "text[]",
    state: "text",
    rank: "smallint",
    owner: "text",
    enqueued: "bigint",
    cpu: "real",
    memory: "bigint",
    attempts: "integer",
    counted: "integer",
    notBefore: "timestamp with time zone",
    cancelRequested: "boolean",
    reason: "text",
    forgotten: "boolean",
    erasedAtEnd: "boolean",
    staged: "boolean",
    createdAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
  },
  ["id", "key", "analysis", "version", "parameters", "datasets", "state", "rank", "owner", "cpu", "memory"],
);

/** A row of scheduler.folders. */
export type FolderRow = {
  readonly dataset: string;
  readonly folder: string;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly changed: number;
  readonly written: number;
};

export const foldersTable = table<FolderRow>()(
  "scheduler.folders",
  {
    dataset: "text",
    folder: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    changed: "bigint",
    written: "bigint",
  },
  ["dataset", "folder", "analysis", "version", "parametersHash"],
);

/** A row of scheduler.intents. */
export type IntentRow = {
  readonly task: string;
  readonly files: typeof schema.intents.$inferSelect.files;
  readonly stopped: boolean;
  readonly createdAt: Date;
};

export const intentsTable = table<IntentRow>()(
  "scheduler.intents",
  {
    task: "uuid",
    files: "jsonb",
    stopped: "boolean",
    createdAt: "timestamp with time zone",
  },
  ["task", "files"],
);

/** A row of scheduler.locations. */
export type LocationRow = {
  readonly object: string;
  readonly sha256: string;
  readonly size: number;
  readonly kind: typeof schema.locations.$inferSelect.kind;
  readonly dataset: string | null;
  readonly modified: number | null;
};

export const locationsTable = table<LocationRow>()(
  "scheduler.locations",
  {
    object: "text",
    sha256: "text",
    size: "bigint",
    kind: "text",
    dataset: "text",
    modified: "bigint",
  },
  ["object", "sha256", "size", "kind"],
);

/** A row of scheduler.names. */
export type NameRow = {
  readonly dataset: string;
  readonly path: string;
  readonly identity: string;
  readonly derivative: string | null;
  readonly sha256: string | null;
  readonly sequence: number;
  readonly intent: string | null;
};

export const namesTable = table<NameRow>()(
  "scheduler.names",
  {
    dataset: "text",
    path: "text",
    identity: "text",
    derivative: "uuid",
    sha256: "text",
    sequence: "bigint",
    intent: "uuid",
  },
  ["dataset", "path", "identity", "sequence"],
);

/** A row of scheduler.outputs. */
export type OutputRow = {
  readonly execution: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly metadata: typeof schema.outputs.$inferSelect.metadata;
};

export const outputsTable = table<OutputRow>()(
  "scheduler.outputs",
  {
    execution: "uuid",
    name: "text",
    size: "bigint",
    sha256: "text",
    metadata: "jsonb",
  },
  ["execution", "name", "size", "sha256"],
);

/** A row of scheduler.ratings. */
export type RatingRow = {
  readonly dataset: string;
  readonly path: string;
  readonly rater: string;
  readonly subject: string;
  readonly suffix: string;
  readonly verdict: typeof schema.ratings.$inferSelect.verdict;
  readonly note: string | null;
  readonly ratedAt: Date;
};

export const ratingsTable = table<RatingRow>()(
  "scheduler.ratings",
  {
    dataset: "text",
    path: "text",
    rater: "text",
    subject: "text",
    suffix: "text",
    verdict: "text",
    note: "text",
    ratedAt: "timestamp with time zone",
  },
  ["dataset", "path", "rater", "subject", "suffix", "verdict", "ratedAt"],
);

/** A row of scheduler.runs. */
export type RunRow = {
  readonly id: string;
  readonly analysis: string;
  readonly version: string;
  readonly parameters: typeof schema.runs.$inferSelect.parameters;
  readonly priority: typeof schema.runs.$inferSelect.priority;
  readonly owner: string;
  readonly document: string | null;
  readonly rule: string | null;
  readonly query: string | null;
  readonly state: typeof schema.runs.$inferSelect.state;
  readonly cursor: string | null;
  readonly locks: typeof schema.runs.$inferSelect.locks;
  readonly datasets: readonly string[];
  readonly auditedDatasets: readonly string[];
  readonly reason: string;
  readonly total: number;
  readonly ran: number;
  readonly cached: number;
  readonly inPlace: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly superseded: number;
  readonly notApplicable: number;
  readonly leftOut: number;
  readonly limitedToken: string | null;
  readonly sliceLimit: number | null;
  readonly force: boolean;
  readonly stopsEarly: boolean;
  readonly traceparent: string;
  readonly erasedAtEnd: typeof schema.runs.$inferSelect.erasedAtEnd;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

export const runsTable = table<RunRow>()(
  "scheduler.runs",
  {
    id: "uuid",
    analysis: "text",
    version: "text",
    parameters: "jsonb",
    priority: "text",
    owner: "text",
    document: "text",
    rule: "text",
    query: "text",
    state: "text",
    cursor: "text",
    locks: "jsonb",
    datasets: "text[]",
    auditedDatasets: "text[]",
    reason: "text",
    total: "integer",
    ran: "integer",
    cached: "integer",
    inPlace: "integer",
    failed: "integer",
    cancelled: "integer",
    superseded: "integer",
    notApplicable: "integer",
    leftOut: "integer",
    limitedToken: "uuid",
    sliceLimit: "integer",
    force: "boolean",
    stopsEarly: "boolean",
    traceparent: "text",
    erasedAtEnd: "text[]",
    createdAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
  },
  ["id", "analysis", "version", "parameters", "priority", "owner", "state"],
);

/** A row of scheduler.tasks. */
export type TaskRow = {
  readonly id: string;
  readonly run: string;
  readonly decision: string;
  readonly round: number;
  readonly decided: number;
  readonly sequence: number;
  readonly document: string | null;
  readonly rule: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly rank: number;
  readonly owner: string;
  readonly dataset: string;
  readonly slice: typeof schema.tasks.$inferSelect.slice;
  readonly sliceKey: string;
  readonly requested: typeof schema.tasks.$inferSelect.requested;
  readonly sources: readonly string[];
  readonly datasets: readonly string[];
  readonly key: string;
  readonly state: typeof schema.tasks.$inferSelect.state;
  readonly reuse: boolean;
  readonly outcome: typeof schema.tasks.$inferSelect.outcome;
  readonly reason: string;
  readonly cause: string;
  readonly memory: number | null;
  readonly revision: number;
  readonly execution: string | null;
  readonly derivatives: readonly string[];
  readonly traceparent: string;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  readonly decidedAt: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

export const tasksTable = table<TaskRow>()(
  "scheduler.tasks",
  {
    id: "uuid",
    run: "uuid",
    decision: "uuid",
    round: "integer",
    decided: "bigint",
    sequence: "bigint",
    document: "text",
    rule: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    rank: "smallint",
    owner: "text",
    dataset: "text",
    slice: "jsonb",
    sliceKey: "text",
    requested: "jsonb",
    sources: "text[]",
    datasets: "text[]",
    key: "text",
    state: "text",
    reuse: "boolean",
    outcome: "text",
    reason: "text",
    cause: "text",
    memory: "bigint",
    revision: "integer",
    execution: "uuid",
    derivatives: "uuid[]",
    traceparent: "text",
    leaseOwner: "text",
    leaseUntil: "timestamp with time zone",
    decidedAt: "timestamp with time zone",
    createdAt: "timestamp with time zone",
    finishedAt: "timestamp with time zone",
  },
  ["id", "run", "decision", "round", "decided", "sequence", "analysis", "version", "parametersHash", "rank", "owner", "dataset", "slice", "sliceKey", "sources", "key", "state", "traceparent", "decidedAt"],
);

/** A row of scheduler.tombstones. */
export type TombstoneRow = {
  readonly dataset: string;
  readonly subject: string;
  readonly path: string;
  readonly at: Date;
};

export const tombstonesTable = table<TombstoneRow>()(
  "scheduler.tombstones",
  {
    dataset: "text",
    subject: "text",
    path: "text",
    at: "timestamp with time zone",
  },
  ["dataset", "subject", "path", "at"],
);

/** A row of scheduler.turns. */
export type TurnRow = {
  readonly owner: string;
  readonly taken: number;
};

export const turnsTable = table<TurnRow>()(
  "scheduler.turns",
  {
    owner: "text",
    taken: "bigint",
  },
  ["owner"],
);
