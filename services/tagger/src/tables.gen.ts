// Written by `npm run tables` from schema.ts: change that and run it again.
import { table } from "@rollerblade/database";
import type * as schema from "./schema.ts";

/** A row of tagger.calls. */
export type CallRow = {
  readonly document: string;
  readonly rule: string;
  readonly sliceKey: string;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly key: string | null;
  readonly covered: boolean;
  readonly revision: number;
  readonly at: Date;
};

export const callsTable = table<CallRow>()(
  "tagger.calls",
  {
    document: "text",
    rule: "text",
    sliceKey: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    key: "text",
    covered: "boolean",
    revision: "bigint",
    at: "timestamp with time zone",
  },
  ["document", "rule", "sliceKey", "analysis", "version", "parametersHash", "covered", "revision"],
);

/** A row of tagger.derivatives. */
export type DerivativeRow = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly level: typeof schema.derivatives.$inferSelect.level;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly output: string;
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  readonly sliceKey: string | null;
  readonly key: string | null;
  readonly datasets: readonly string[];
  readonly revision: number;
  readonly traceparent: string;
  readonly unsettled: boolean;
};

export const derivativesTable = table<DerivativeRow>()(
  "tagger.derivatives",
  {
    id: "uuid",
    dataset: "text",
    path: "text",
    level: "text",
    subject: "text",
    session: "text",
    scan: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    output: "text",
    extension: "text",
    size: "bigint",
    sha256: "text",
    sliceKey: "text",
    key: "text",
    datasets: "text[]",
    revision: "bigint",
    traceparent: "text",
    unsettled: "boolean",
  },
  ["id", "dataset", "path", "level", "analysis", "version", "parametersHash", "output", "extension", "size", "sha256", "datasets", "revision", "traceparent"],
);

/** A row of tagger.documents. */
export type DocumentRow = {
  readonly name: string;
  readonly application: string;
  readonly owner: string | null;
  readonly revision: number;
};

export const documentsTable = table<DocumentRow>()(
  "tagger.documents",
  {
    name: "text",
    application: "text",
    owner: "text",
    revision: "bigint",
  },
  ["name", "application", "revision"],
);

/** A row of tagger.gone. */
export type GoneRow = {
  readonly id: string;
  readonly revision: number;
  readonly at: Date;
};

export const goneTable = table<GoneRow>()(
  "tagger.gone",
  {
    id: "uuid",
    revision: "bigint",
    at: "timestamp with time zone",
  },
  ["id", "revision"],
);

/** A row of tagger.results. */
export type ResultRow = {
  readonly id: string;
  readonly document: string;
  readonly tag: string;
  readonly derivative: string;
  readonly show: typeof schema.results.$inferSelect.show;
  readonly ready: boolean;
  readonly value: unknown | null;
  readonly preview: typeof schema.results.$inferSelect.preview;
  readonly problem: string;
  readonly attempts: number;
  readonly dueAt: Date;
  readonly traceparent: string;
  readonly taggedAt: Date | null;
};

export const resultsTable = table<ResultRow>()(
  "tagger.results",
  {
    id: "uuid",
    document: "text",
    tag: "text",
    derivative: "uuid",
    show: "jsonb",
    ready: "boolean",
    value: "jsonb",
    preview: "jsonb",
    problem: "text",
    attempts: "integer",
    dueAt: "timestamp with time zone",
    traceparent: "text",
    taggedAt: "timestamp with time zone",
  },
  ["id", "document", "tag", "derivative", "show", "ready", "traceparent"],
);

/** A row of tagger.results_v1. */
export type ResultsV1Row = {
};

/** A row of tagger.shown. */
export type ShownRow = {
  readonly document: string;
  readonly tag: string;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly made: boolean;
};

export const shownTable = table<ShownRow>()(
  "tagger.shown",
  {
    document: "text",
    tag: "text",
    analysis: "text",
    version: "text",
    parametersHash: "text",
    made: "boolean",
  },
  ["document", "tag", "analysis", "version", "parametersHash"],
);

/** A row of tagger.tags. */
export type TagRow = {
  readonly document: string;
  readonly name: string;
  readonly position: number;
  readonly title: string;
  readonly description: string | null;
  readonly show: typeof schema.tags.$inferSelect.show;
  readonly analysis: string;
  readonly output: string;
  readonly datasets: readonly string[];
};

export const tagsTable = table<TagRow>()(
  "tagger.tags",
  {
    document: "text",
    name: "text",
    position: "integer",
    title: "text",
    description: "text",
    show: "jsonb",
    analysis: "text",
    output: "text",
    datasets: "text[]",
  },
  ["document", "name", "position", "title", "show", "analysis", "output", "datasets"],
);

/** A row of tagger.tags_v1. */
export type TagsV1Row = {
};
