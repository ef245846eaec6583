import {
  type BidsName,
  folderOf,
  indexInheritance,
  isJsonObject,
  type JsonObject,
  parseName,
  readIgnoredPath,
  sessionRow,
  withAgeInYears,
} from "@rollerblade/abids";
import { type Queryable, together } from "@rollerblade/database";
import { type AgeColumns, loadAgeColumns } from "./age-columns.ts";
import type { FileRecord } from "./file-record.ts";
import type { Describing, IgnoredCandidate, ScanInput } from "./scan-facts.ts";

type Image = {
  readonly scan: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly image: JsonObject | null;
};
type DescribingRow = Describing &
  Pick<FileRecord, "kind" | "suffix" | "extension" | "entities" | "subject" | "session">;
type AttributesRow = {
  readonly subject: string;
  readonly session: string | null;
  readonly attributes: JsonObject;
  readonly participants: JsonObject;
  readonly phenotype: JsonObject;
  readonly samples: JsonObject;
};

/** A folder and all above it, the root included. */
export const foldersAbove = (folder: string): string[] => {
  const names = folder === "" ? [] : folder.split("/");
  return ["", ...names.map((_, index) => names.slice(0, index + 1).join("/"))];
};

const nameOf = (path: string): BidsName | null => {
  const parsed = parseName(path);
  return parsed.ok ? parsed.name : null;
};

const imagesOf = (sql: Queryable, dataset: string, scans: readonly string[]): Promise<Image[]> =>
  sql<Image[]>`
    select scan, path, size, sha256, image from catalog.files
    where dataset = ${dataset} and scan = any(${[...scans]}::text[]) order by path collate "C"`;

const describingIn = (sql: Queryable, dataset: string, folders: readonly string[]): Promise<DescribingRow[]> =>
  sql<DescribingRow[]>`
    select path, kind, size, sha256, content, suffix, extension, entities, subject, session from catalog.files
    where dataset = ${dataset} and folder = any(${[...folders]}::text[]) and (kind in ('companion', 'sidecar') or (kind = 'scans' and extension = '.tsv'))`;

type IgnoredRow = { readonly path: string; readonly size: number; readonly sha256: string };

/** Ignored files of these subjects whose names begin as those of scans do; see `readIgnoredPath`. */
const ignoredOf = async (
  sql: Queryable,
  dataset: string,
  subjects: readonly string[],
): Promise<Map<string, IgnoredCandidate[]>> => {
  const rows = await sql<IgnoredRow[]>`
    select path, size, sha256 from catalog.files
    where dataset = ${dataset} and subject = any(${[...subjects]}::text[]) and kind = 'ignored' and path ~ '/sub-[^/]*$'
    order by path collate "C"`;
  const candidates = rows.flatMap((row): IgnoredCandidate[] => {
    const is = readIgnoredPath(row.path);
    return is === null ? [] : [{ is, file: { ...row, role: "ignored" } }];
  });
  return Map.groupBy(candidates, ({ is }) => is.subject);
};

const attributesOf = (sql: Queryable, dataset: string, subjects: readonly string[]): Promise<AttributesRow[]> =>
  sql<AttributesRow[]>`
    select label as subject, null as session, attributes, '{}'::jsonb as participants, phenotype, samples from catalog.subjects
    where dataset = ${dataset} and label = any(${[...subjects]}::text[])
    union all
    select subject, label, attributes, participants, phenotype, '{}' from catalog.sessions
    where dataset = ${dataset} and subject = any(${[...subjects]}::text[])`;

const candidateOf = ({ path, suffix, extension, entities, subject, session }: DescribingRow): BidsName => ({
  path,
  suffix: suffix ?? "",
  extension: extension ?? "",
  entities,
  subject,
  session,
  datatype: null,
});

const keyOf = (subject: string, session: string | null): string => JSON.stringify([subject, session]);

/** Everything that the facts of these scans depend on; scans without images are left out, for they are gone. */
export const loadScanInputs = async (
  sql: Queryable,
  dataset: string,
  scans: readonly string[],
): Promise<ScanInput[]> => {
  const named = new Map(
    scans.flatMap((path) => {
      const name = nameOf(path);
      return name === null ? [] : [[path, name] as const];
    }),
  );
  const folders = new Set([...named.keys()].flatMap((path) => foldersAbove(folderOf(path))));
  const subjects = new Set([...named.values()].map(({ subject }) => subject ?? ""));
  const [ofScans, rows, attributes, ignored, ages] = await together([
    imagesOf(sql, dataset, scans),
    describingIn(sql, dataset, [...folders]),
    attributesOf(sql, dataset, [...subjects]),
    ignoredOf(sql, dataset, [...subjects]),
    loadAgeColumns(sql, dataset, ["scans"]),
  ]);
  const images = Map.groupBy(ofScans, ({ scan }) => scan);
  const names = [...images.keys()].flatMap((path) => named.get(path) ?? []);
  const [tables, describers] = [
    rows.filter(({ kind }) => kind === "scans"),
    rows.filter(({ kind }) => kind !== "scans"),
  ];
  const describing = new Map(describers.map((row) => [row.path, row]));
  const index = indexInheritance(describers.map(candidateOf));
  const known = new Map(
    attributes.map((row) => [
      keyOf(row.subject, row.session),
      { attributes: withPhenotype(sessionRow(row.participants, row.attributes), row.phenotype), samples: row.samples },
    ]),
  );
  const scanRows = scanRowsIn(tables, ages);
  return names.map((name) => {
    const subject = known.get(keyOf(name.subject ?? "", null));
    const session = known.get(keyOf(name.subject ?? "", name.session ?? ""));
    return {
      ...{ dataset, name, index, describing },
      images: images.get(name.path) ?? [],
      ignored: ignored.get(name.subject ?? "") ?? [],
      subjectAttributes: subject?.attributes ?? {},
      sessionAttributes: session?.attributes ?? {},
      scanAttributes: { ...rowIn(subject?.samples, name.entities.sample), ...scanRows.get(name.path) },
    };
  });
};

/** The rows of all `scans.tsv`, by path of the scan; the table nearest to it counts. */
const scanRowsIn = (tables: readonly DescribingRow[], ages: AgeColumns): Map<string, JsonObject> => {
  const downwards = [...tables].sort((a, b) => a.path.split("/").length - b.path.split("/").length);
  return new Map(
    downwards
      .flatMap((table) => Object.entries(table.content ?? {}).map(([path, row]) => ({ path, row, age: ages(table) })))
      .flatMap(({ path, row, age }) => (isJsonObject(row) ? [[path, withAgeInYears(row, age).row] as const] : [])),
  );
};

const rowIn = (rows: JsonObject | undefined, label: string | undefined): JsonObject => {
  const row = rows !== undefined && label !== undefined && Object.hasOwn(rows, label) ? rows[label] : undefined;
  return row !== undefined && isJsonObject(row) ? row : {};
};

/** `phenotype.<tool>.<column>` beside the columns; a column of that name is kept as `phenotype_as_written`. */
const withPhenotype = (attributes: JsonObject, phenotype: JsonObject): JsonObject => {
  if (Object.keys(phenotype).length === 0) return attributes;
  const written = attributes.phenotype;
  return { ...attributes, ...(written === undefined ? {} : { phenotype_as_written: written }), phenotype };
};
