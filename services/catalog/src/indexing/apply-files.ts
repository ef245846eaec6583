import type { Transaction } from "@rollerblade/database";
import type { Change } from "./change.ts";
import type { FileRecord } from "./file-record.ts";

/** A known file, as far as it matters when another announcement of it comes. */
type Known = Pick<
  FileRecord,
  | "path"
  | "kind"
  | "scan"
  | "subject"
  | "session"
  | "suffix"
  | "extension"
  | "folder"
  | "entities"
  | "size"
  | "sha256"
  | "saidAt"
>;

/** What really became different. */
export type FileChanges = {
  readonly written: readonly FileRecord[];
  readonly gone: readonly Known[];
  readonly files: number;
  readonly bytes: number;
};

type Removal = { readonly path: string; readonly saidAt: Date };

/** Of several announcements of one path the one that was said last counts. */
const latest = <T extends { readonly path: string; readonly saidAt: Date }>(items: readonly T[]): Map<string, T> => {
  const byPath = new Map<string, T>();
  for (const item of items) {
    const other = byPath.get(item.path);
    if (other === undefined || other.saidAt <= item.saidAt) byPath.set(item.path, item);
  }
  return byPath;
};

const knownFiles = (
  tx: Transaction,
  dataset: string,
  paths: readonly string[],
  scans: readonly string[],
): Promise<Known[]> =>
  tx<Known[]>`
    select path, kind, scan, subject, session, suffix, extension, folder, entities, size, sha256, said_at from catalog.files
    where dataset = ${dataset} and (path = any(${[...paths]}::text[]) or scan = any(${[...scans]}::text[]))`;

/** Removals that were said before, of files, of scans, and of whole subjects and the dataset (as an empty path). */
const knownRemovals = async (
  tx: Transaction,
  dataset: string,
  paths: readonly string[],
): Promise<Map<string, Date>> => {
  const rows = await tx<{ path: string; saidAt: Date }[]>`
    select path, said_at from catalog.removals where dataset = ${dataset} and path = any(${[...paths]}::text[])
    union all
    select coalesce('sub-' || subject, ''), max(requested_at) from catalog.deletions where dataset = ${dataset} group by 1`;
  return new Map(rows.map((row) => [row.path, row.saidAt]));
};

const isOutdated = (record: FileRecord, removals: ReadonlyMap<string, Date>): boolean =>
  [record.path, record.scan, "", record.subject === null ? null : `sub-${record.subject}`].some((path) => {
    const removedAt = path === null ? undefined : removals.get(path);
    return removedAt !== undefined && removedAt > record.saidAt;
  });

const isNews = (record: FileRecord, known: Known | undefined): boolean =>
  known === undefined ||
  known.sha256 !== record.sha256 ||
  known.size !== record.size ||
  known.kind !== record.kind ||
  known.scan !== record.scan;

const writeFiles = async (tx: Transaction, dataset: string, records: readonly FileRecord[]): Promise<void> => {
  if (records.length === 0) return;
  await tx`
    insert into catalog.files (dataset, path, folder, kind, scan, subject, session, suffix, extension, entities, size, sha256, content, said_at)
    select ${dataset}, r.* from jsonb_to_recordset(${JSON.stringify(records.map(rowOf))}::text::jsonb) as r(
      path text, folder text, kind text, scan text, subject text, session text, suffix text, extension text,
      entities jsonb, size int8, sha256 text, content jsonb, said_at timestamptz)
    on conflict (dataset, path) do update set
      folder = excluded.folder, kind = excluded.kind, scan = excluded.scan, subject = excluded.subject, session = excluded.session,
      suffix = excluded.suffix, extension = excluded.extension, entities = excluded.entities, size = excluded.size,
      sha256 = excluded.sha256, content = excluded.content, said_at = excluded.said_at`;
};

const rowOf = ({ saidAt, ...record }: FileRecord) => ({ ...record, said_at: saidAt });

const deleteFiles = async (tx: Transaction, dataset: string, paths: readonly string[]): Promise<void> => {
  if (paths.length > 0)
    await tx`delete from catalog.files where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
};

const rememberRemovals = async (tx: Transaction, dataset: string, removals: readonly Removal[]): Promise<void> => {
  if (removals.length === 0) return;
  await tx`
    insert into catalog.removals (dataset, path, said_at)
    select ${dataset}, path, said_at from unnest(
      ${removals.map(({ path }) => path)}::text[], ${removals.map(({ saidAt }) => saidAt.toISOString())}::timestamptz[]) as r(path, said_at)
    on conflict (dataset, path) do update set said_at = greatest(removals.said_at, excluded.said_at)`;
};

const goneFiles = (
  known: readonly Known[],
  removals: ReadonlyMap<string, Removal>,
  uploads: ReadonlyMap<string, Upload>,
  fresh: ReadonlyMap<string, FileRecord>,
): Known[] =>
  known.filter((file) => {
    if (fresh.has(file.path)) return false;
    const removal = removals.get(file.path) ?? (file.scan === null ? undefined : removals.get(file.scan));
    const upload = file.scan === null ? undefined : uploads.get(file.scan);
    const isReplaced = upload !== undefined && !upload.paths.has(file.path) && upload.saidAt >= file.saidAt;
    return isReplaced || (removal !== undefined && removal.saidAt >= file.saidAt);
  });

type Upload = { readonly path: string; readonly saidAt: Date; readonly paths: ReadonlySet<string> };

const uploadsOf = (changes: readonly Change[]): Map<string, Upload> =>
  latest(
    changes.flatMap(({ scan, files, saidAt }) =>
      scan === null ? [] : [{ path: scan, saidAt, paths: new Set(files.map(({ record }) => record.path)) }],
    ),
  );

/**
 * Brings the files of one dataset to what the changes say, whatever the order in which they come: for each path the announcement
 * that was said last counts. The dataset must be locked.
 */
export const applyFiles = async (
  tx: Transaction,
  dataset: string,
  changes: readonly Change[],
): Promise<FileChanges> => {
  const records = latest(changes.flatMap(({ files }) => files.map(({ record }) => record)));
  const removals = latest(changes.flatMap(({ removed, saidAt }) => removed.map((path) => ({ path, saidAt }))));
  const uploads = uploadsOf(changes);
  const scans = [...uploads.keys(), ...removals.keys()];
  await rememberRemovals(tx, dataset, [...removals.values()]);
  const known = await knownFiles(tx, dataset, [...records.keys(), ...removals.keys()], scans);
  const removedBefore = await knownRemovals(
    tx,
    dataset,
    [...records.values()].flatMap(({ path, scan }) => (scan === null ? [path] : [path, scan])),
  );
  const byPath = new Map(known.map((file) => [file.path, file]));
  const fresh = new Map(
    [...records].filter(([path, record]) => {
      const before = byPath.get(path);
      return !isOutdated(record, removedBefore) && (before === undefined || before.saidAt <= record.saidAt);
    }),
  );
  const gone = goneFiles(known, removals, uploads, fresh);
  await deleteFiles(
    tx,
    dataset,
    gone.map(({ path }) => path),
  );
  await writeFiles(tx, dataset, [...fresh.values()]);
  const written = [...fresh.values()].filter((record) => isNews(record, byPath.get(record.path)));
  const bytesBefore = written.reduce((sum, { path }) => sum + (byPath.get(path)?.size ?? 0), 0);
  return {
    written,
    gone,
    files: written.filter(({ path }) => !byPath.has(path)).length - gone.length,
    bytes: sumOfSizes(written) - bytesBefore - sumOfSizes(gone),
  };
};

const sumOfSizes = (files: readonly { readonly size: number }[]): number =>
  files.reduce((sum, { size }) => sum + size, 0);
