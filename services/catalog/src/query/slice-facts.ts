import {
  type DerivativeFacts,
  type Level,
  type ScanFacts,
  type SliceFacts,
  type SliceRef,
  sliceKey,
  slicesOf,
} from "@rollerblade/abids/facts";
import { recordset, type Sql } from "@rollerblade/database";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { type DerivativeRow, derivativeFactsOf, sourcesOf } from "../derivatives/derivative-row.ts";
import { type FactsRow, scanFactsOf, scanRowColumns } from "./scan-row.ts";

/** The columns of slices, and slices as rows of them. */
const sliceColumns = { dataset: "text", subject: "text", session: "text", path: "text" } as const;
const sliceRow = ({ dataset, subject, session, scan }: SliceRef) => ({
  dataset,
  subject,
  session: session ?? "",
  path: scan,
});

const scansOf = async (sql: Sql, slices: readonly SliceRef[], level: Level): Promise<ScanFacts[]> => {
  const rows = await sql<FactsRow[]>`
    select ${scanRowColumns(sql)}
    from ${recordset(sql, sliceColumns, slices.map(sliceRow))} as n
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
  const rows = await sql<DerivativeRow[]>`
    select d.id, d.dataset, d.path, d.analysis, d.version, d.parameters_hash, d.output, d.key, d.level, d.subject, d.session, d.scan,
      d.entities, d.datatype, d.suffix, d.extension, d.size, d.sha256, d.state, d.revision, d.created_at, ${sourcesOf(sql)}
    from (select distinct dataset, subject from ${recordset(sql, sliceColumns, slices.map(sliceRow))} as slice) as n
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
