import type { DerivativeFacts, Level, Source } from "@rollerblade/abids/facts";
import type { Queryable } from "@rollerblade/database";

/** What became of a derivative: one name has at most one in force. */
export type DerivativeState = "in-force" | "superseded" | "withdrawn";

/** The columns of `catalog.derivatives` that its facts are in, with its sources. */
export type DerivativeRow = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly output: string;
  readonly key: string;
  readonly level: Level;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
  readonly entities: Readonly<Record<string, string>>;
  readonly datatype: string | null;
  readonly suffix: string;
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  readonly state: DerivativeState;
  readonly revision: number;
  readonly createdAt: Date;
  readonly sources: readonly Source[];
};

/** The column `sources` of a row, where derivatives are called `d`. */
export const sourcesOf = (sql: Queryable) => sql`
  (select coalesce(jsonb_agg(jsonb_build_object('dataset', s.dataset, 'path', s.path, 'sha256', s.sha256) order by s.position), '[]')
    from catalog.derivative_sources s where s.derivative = d.id) as sources`;

/** The facts that a row holds. */
export const derivativeFactsOf = (row: DerivativeRow): DerivativeFacts => {
  const { level, subject, session, scan, state: _state, createdAt: _createdAt, ...facts } = row;
  return {
    id: facts.id,
    dataset: facts.dataset,
    path: facts.path,
    analysis: facts.analysis,
    version: facts.version,
    parametersHash: facts.parametersHash,
    output: facts.output,
    key: facts.key,
    slice: { level, dataset: facts.dataset, subject, session, scan },
    entities: facts.entities,
    datatype: facts.datatype,
    suffix: facts.suffix,
    extension: facts.extension,
    size: facts.size,
    sha256: facts.sha256,
    sources: facts.sources,
    revision: facts.revision,
  };
};
