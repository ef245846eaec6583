import { createHash } from "node:crypto";
import type { ListedFile } from "@rollerblade/client";
import { insertRecords, type Queryable, type Transaction, transaction } from "@rollerblade/database";
import { type Finding, Problem } from "@rollerblade/errors";
import type { Ingest } from "../ingest.ts";
import { importFilesTable } from "../tables.gen.ts";
import { type ImportRow, maxFindings } from "./import-rows.ts";

/** A part of the list of a dataset's files: all that it has between two paths, bytewise. */
export type ListedPart = {
  /** The `to` of the part before; null for the first one. */
  readonly after: string | null;
  /** Null for all that is left. */
  readonly to: string | null;
  readonly files: readonly ListedFile[];
  /** Folders that could not be listed: nothing below them is taken for removed. */
  readonly unknown: readonly string[];
  readonly skipped: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
};

type Recorded = ListedFile & { readonly folder: string; readonly origin: string };
type Named = ListedFile & { readonly gone: boolean; readonly there: boolean };

/**
 * Compares a part of the list with what the dataset has: by size and version alone, so that what did not change is not
 * read. Remembers what is gone, and answers which files have to be read. A part that comes twice changes nothing.
 * @throws Problem `conflict` for a part that does not follow the one before
 */
export const compareListing = (ingest: Ingest, { id, dataset }: ImportRow, part: ListedPart): Promise<ListedFile[]> =>
  transaction(ingest.sql, async (tx) => {
    await advance(tx, id, part);
    const named = await namedIn(tx, id, part);
    if (await isAsRecorded(tx, dataset, part)) {
      await forget(tx, id, [...named.keys()]);
      return [];
    }
    const recorded = await recordedIn(tx, dataset, part);
    const listed = new Set(part.files.map(({ path }) => path));
    const isKnown = (file: ListedFile, other: ListedFile | undefined): boolean =>
      other !== undefined && file.version !== null && other.version === file.version && other.size === file.size;
    const changed = part.files.filter((file) => !isKnown(file, recorded.get(file.path)));
    const toRead = changed.filter(({ path, ...file }) => {
      const before = named.get(path);
      return before?.there !== true || before.gone || !isKnown({ path, ...file }, before);
    });
    const stays = new Set(changed.map(({ path }) => path));
    for (const { path } of toRead) stays.delete(path);
    await forget(
      tx,
      id,
      [...named.keys()].filter((path) => !stays.has(path)),
    );
    await rememberGone(
      tx,
      id,
      [...recorded.values()].filter(
        ({ path, origin }) => origin !== "upload" && !listed.has(path) && !isUnknown(path, part),
      ),
    );
    return toRead;
  });

const isUnknown = (path: string, { unknown }: ListedPart): boolean =>
  unknown.some((folder) => folder === "" || path === folder || path.startsWith(`${folder}/`));

/** Notes how far the list is. */
const advance = async (tx: Transaction, id: string, part: ListedPart): Promise<void> => {
  const [row] = await tx<{ listedTo: string | null; complete: boolean; listed: number }[]>`
    select listed_to, complete, listed from ingest.imports where id = ${id} for update`;
  const isNext = row?.complete === false && row.listedTo === part.after;
  const isAgain = row !== undefined && (row.complete ? part.to === null : row.listedTo === part.to && part.to !== null);
  if (!isNext && !isAgain) throw outOfOrder(id);
  if (!isNext) return;
  await tx`
    update ingest.imports set trouble = null, listed = listed + ${part.files.length}, listed_to = coalesce(${part.to}, listed_to),
      complete = ${part.to === null}, updated_at = now(),
      findings = case when jsonb_array_length(findings) < ${maxFindings}
        then findings || ${JSON.stringify(part.findings)}::text::jsonb else findings end,
      skipped = (select coalesce(jsonb_object_agg(key, sum), '{}') from (
        select key, sum(value::int) from (
          select * from jsonb_each_text(skipped) union all select * from jsonb_each_text(${JSON.stringify(part.skipped)}::text::jsonb)
        ) both_of group by key) summed)
    where id = ${id}`;
};

const within = (tx: Transaction, { after, to }: ListedPart) =>
  tx`path collate "C" > ${after ?? ""} ${to === null ? tx`` : tx`and path collate "C" <= ${to}`}`;

/**
 * Whether the dataset has exactly these files: most parts of most lists are, and so many rows need not travel to be
 * compared.
 */
const isAsRecorded = async (tx: Transaction, dataset: string, part: ListedPart): Promise<boolean> => {
  const { files } = part;
  if (files.length === 0 || files.some(({ version }) => version === null)) return false;
  const listed = files.map(({ path, size, version }) => `${path}\n${size}\n${version}`).join("\n");
  // No path has a line break.
  const [row] = await tx<{ digest: string | null }[]>`
    select encode(sha256(convert_to(string_agg(
      path || E'\\n' || size || E'\\n' || coalesce(version, ''), E'\\n' order by path collate "C"), 'UTF8')), 'hex') as digest
    from ingest.files where dataset = ${dataset} and ${within(tx, part)}`;
  return row?.digest === createHash("sha256").update(listed).digest("hex");
};

const recordedIn = async (tx: Transaction, dataset: string, part: ListedPart): Promise<Map<string, Recorded>> => {
  const rows = await tx<Recorded[]>`
    select path, size, version, folder, origin from ingest.files where dataset = ${dataset} and ${within(tx, part)}`;
  return new Map(rows.map((row) => [row.path, row]));
};

/** What an interrupted import had read already: good as long as the bytes are there. */
const namedIn = async (tx: Transaction, id: string, part: ListedPart): Promise<Map<string, Named>> => {
  const rows = await tx<Named[]>`
    select path, size, version, gone, (select location is not null from ingest.imports where id = ${id})
      or exists (select from ingest.staged s where s.import_id = ${id} and s.sha256 = f.sha256) as there
    from ingest.import_files f where import_id = ${id} and ${within(tx, part)}`;
  return new Map(rows.map((row) => [row.path, row]));
};

const forget = async (tx: Transaction, id: string, paths: readonly string[]): Promise<void> => {
  if (paths.length > 0)
    await tx`delete from ingest.import_files where import_id = ${id} and path = any(${[...paths]}::text[])`;
};

const rememberGone = async (tx: Transaction, id: string, files: readonly Recorded[]): Promise<void> => {
  const rows = files.map(({ path, folder }) => ({ importId: id, path, folder, size: 0, sha256: "", gone: true }));
  await insertRecords(tx, importFilesTable, rows, {
    onConflict: tx`on conflict (import_id, path) do update set sha256 = '', gone = true`,
  });
};

const outOfOrder = (id: string): Problem =>
  new Problem({
    code: "conflict",
    message: "This part of the list does not follow the one before.",
    subject: id,
    next: "Import again: what was sent is not sent again.",
  });

/** Begins the list anew; what was read stays known. */
export const restartListing = async (ingest: Ingest, id: string): Promise<void> => {
  await ingest.sql`
    update ingest.imports set listed = 0, listed_to = null, complete = false, findings = '[]', skipped = '{}', updated_at = now()
    where id = ${id}`;
};

/** Adds to what was found, up to a bound. */
export const addFindings = async (
  ingest: { readonly sql: Queryable },
  id: string,
  findings: readonly Finding[],
): Promise<void> => {
  if (findings.length === 0) return;
  await ingest.sql`
    update ingest.imports set findings = findings || ${JSON.stringify(findings)}::text::jsonb
    where id = ${id} and jsonb_array_length(findings) < ${maxFindings}`;
};
