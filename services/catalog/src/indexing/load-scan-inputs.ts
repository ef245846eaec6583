import { type BidsName, indexInheritance, type JsonObject, parseName } from "@rollerblade/abids";
import type { Queryable } from "@rollerblade/database";
import { type FileRecord, folderOf } from "./file-record.ts";
import type { Describing, ScanInput } from "./scan-facts.ts";

type Image = {
  readonly scan: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly image: JsonObject | null;
};
type DescribingRow = Describing & Pick<FileRecord, "suffix" | "extension" | "entities" | "subject" | "session">;
type AttributesRow = { readonly subject: string; readonly session: string; readonly attributes: JsonObject };

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
    select path, size, sha256, content, suffix, extension, entities, subject, session from catalog.files
    where dataset = ${dataset} and folder = any(${[...folders]}::text[]) and kind in ('companion', 'sidecar')`;

const attributesOf = (sql: Queryable, dataset: string, subjects: readonly string[]): Promise<AttributesRow[]> =>
  sql<AttributesRow[]>`
    select label as subject, null as session, attributes from catalog.subjects
    where dataset = ${dataset} and label = any(${[...subjects]}::text[])
    union all
    select subject, label, attributes from catalog.sessions
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
  const images = Map.groupBy(await imagesOf(sql, dataset, scans), ({ scan }) => scan);
  const names = [...images.keys()].map(nameOf).filter((name) => name !== null);
  const folders = new Set(names.flatMap(({ path }) => foldersAbove(folderOf(path))));
  const rows = await describingIn(sql, dataset, [...folders]);
  const describing = new Map(rows.map((row) => [row.path, row]));
  const index = indexInheritance(rows.map(candidateOf));
  const subjects = new Set(names.map(({ subject }) => subject ?? ""));
  const attributes = new Map(
    (await attributesOf(sql, dataset, [...subjects])).map((row) => [keyOf(row.subject, row.session), row.attributes]),
  );
  return names.map((name) => ({
    dataset,
    name,
    images: images.get(name.path) ?? [],
    index,
    describing,
    subjectAttributes: attributes.get(keyOf(name.subject ?? "", null)) ?? {},
    sessionAttributes: attributes.get(keyOf(name.subject ?? "", name.session ?? "")) ?? {},
  }));
};
