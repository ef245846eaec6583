import type { DerivativeFacts, Source } from "@rollerblade/abids/facts";
import { recordset, type Transaction } from "@rollerblade/database";

/** What is known of the sources of announced derivatives. */
export type KnownSources = {
  /** Datasets that a source comes of, or null where it is gone. */
  readonly lineageOf: (source: Source) => readonly string[] | null;
};

const isDerived = ({ path }: Source): boolean => path.startsWith("derivatives/");
const keyOf = ({ dataset, path, sha256 }: Source): string =>
  JSON.stringify([dataset, path, isDerived({ dataset, path, sha256 }) ? sha256 : ""]);

/** The columns of sources, and sources as rows of them. */
const sourceColumns = { dataset: "text", path: "text", sha256: "text" } as const;
const sourceRow = ({ dataset, path, sha256 }: Source) => ({ dataset, path, sha256 });

/** Raw sources count by name: a scan that was replaced is still there, and what was made of it is made anew, not withdrawn. */
const rawSources = async (tx: Transaction, sources: readonly Source[]): Promise<Map<string, readonly string[]>> => {
  const rows = await tx<{ dataset: string; path: string }[]>`
    select s.dataset, s.path from ${recordset(tx, sourceColumns, sources.map(sourceRow))} as s
    where exists (select from catalog.scans c where c.dataset = s.dataset and c.path = s.path)
      or exists (select from catalog.files f where f.dataset = s.dataset and f.path = s.path)`;
  return new Map(rows.map((row) => [keyOf({ ...row, sha256: "" }), [row.dataset]]));
};

const derivedSources = async (tx: Transaction, sources: readonly Source[]): Promise<Map<string, readonly string[]>> => {
  const rows = await tx<(Source & { datasets: string[] })[]>`
    select d.dataset, d.path, d.sha256, d.datasets
    from ${recordset(tx, sourceColumns, sources.map(sourceRow))} as s
    join catalog.derivatives d on d.dataset = s.dataset and d.path = s.path and d.sha256 = s.sha256
    where d.state <> 'withdrawn'`;
  return new Map(rows.map((row) => [keyOf(row), row.datasets]));
};

/** Looks up the sources of all announced derivatives at once; those that one of them is itself count too. */
export const knowSources = async (tx: Transaction, announced: readonly DerivativeFacts[]): Promise<KnownSources> => {
  const sources = announced.flatMap((derivative) => derivative.sources);
  const known = new Map([
    ...(await rawSources(
      tx,
      sources.filter((source) => !isDerived(source)),
    )),
    ...(await derivedSources(tx, sources.filter(isDerived))),
  ]);
  const among = new Map(announced.map((derivative) => [keyOf(derivative), derivative]));
  const lineageOf = (source: Source, depth = 0): readonly string[] | null => {
    const found = known.get(keyOf(source));
    if (found !== undefined) return found;
    const made = isDerived(source) ? among.get(keyOf(source)) : undefined;
    if (made === undefined || depth > 64) return null;
    const parts = made.sources.map((part) => lineageOf(part, depth + 1));
    return parts.includes(null) ? null : [...new Set([made.dataset, ...parts.flatMap((part) => part ?? [])])];
  };
  return { lineageOf: (source) => lineageOf(source) };
};
