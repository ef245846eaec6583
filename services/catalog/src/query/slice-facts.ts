import {
  type DerivativeFacts,
  type Level,
  type ScanFacts,
  type SliceFacts,
  type SliceRef,
  sliceKey,
  slicesOf,
} from "@rollerblade/abids/facts";
import type { Sql } from "@rollerblade/database";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { type DerivativeRow, derivativeFactsOf, sourcesOf } from "../derivatives/derivative-row.ts";
import { type FactsRow, scanFactsOf, scanRowColumns } from "./scan-row.ts";

const columnsOf = (slices: readonly SliceRef[]) => ({
  datasets: slices.map(({ dataset }) => dataset),
  subjects: slices.map(({ subject }) => subject),
  sessions: slices.map(({ session }) => session ?? ""),
  paths: slices.map(({ scan }) => scan),
});

const scansOf = async (sql: Sql, slices: readonly SliceRef[], level: Level): Promise<ScanFacts[]> => {
  const { datasets, subjects, sessions, paths } = columnsOf(slices);
  const rows = await sql<FactsRow[]>`
    select ${scanRowColumns(sql)}
    from unnest(${datasets}::text[], ${subjects}::text[], ${sessions}::text[], ${paths}::text[]) as n(dataset, subject, session, path)
    join catalog.scans s on s.dataset = n.dataset
      ${level === "dataset" ? sql`` : sql`and s.subject = n.subject`}
      ${level === "session" || level === "scan" ? sql`and s.session = n.session` : sql``}
      ${level === "scan" ? sql`and s.path = n.path` : sql``}
    order by s.dataset, s.path`;
  return rows.map(scanFactsOf);
};

/** Derivatives in force of the subjects at hand and of their datasets as wholes; `slicesOf` sorts them into the slices. */
const derivativesOf = async (
  sql: Sql,
  slices: readonly SliceRef[],
  level: Level,
  readable: ReadableDatasets,
): Promise<DerivativeFacts[]> => {
  const { datasets, subjects } = columnsOf(slices);
  const rows = await sql<DerivativeRow[]>`
    select d.id, d.dataset, d.path, d.analysis, d.version, d.parameters_hash, d.output, d.key, d.level, d.subject, d.session, d.scan,
      d.entities, d.datatype, d.suffix, d.extension, d.size, d.sha256, d.state, d.revision, d.created_at, ${sourcesOf(sql)}
    from (select distinct * from unnest(${datasets}::text[], ${subjects}::text[]) as n(dataset, subject)) as n
    join catalog.derivatives d on d.dataset = n.dataset
      ${level === "dataset" ? sql`` : sql`and (d.subject = n.subject or d.subject is null)`}
    where d.state = 'in-force' ${readable === "all" ? sql`` : sql`and d.datasets <@ ${[...readable]}::text[]`}
    order by d.path, d.id`;
  return [...new Map(rows.map((row) => [row.id, derivativeFactsOf(row)])).values()];
};

/**
 * Slices with all of their scans, in the given order, and unless they are left out with the derivatives in force that lie in them or
 * that they lie in. Each slice repeats those of its dataset, whose sources are as many as the dataset has members.
 */
export const sliceFacts = async (
  sql: Sql,
  slices: readonly SliceRef[],
  level: Level,
  readable: ReadableDatasets,
  withDerivatives = true,
): Promise<SliceFacts[]> => {
  if (slices.length === 0) return [];
  const [scans, derivatives] = await Promise.all([
    scansOf(sql, slices, level),
    withDerivatives ? derivativesOf(sql, slices, level, readable) : [],
  ]);
  const found = new Map(slicesOf(scans, derivatives, level).map((one) => [sliceKey(one.slice), one]));
  return slices.flatMap((slice) => found.get(sliceKey(slice)) ?? []);
};
