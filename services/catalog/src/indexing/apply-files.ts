import { type Transaction, together } from "@rollerblade/database";
import { forgetPictures } from "../pictures/kept-pictures.ts";
import type { Change } from "./change.ts";
import type { FileRecord } from "./file-record.ts";
import {
  deleteFiles,
  type KnownFile,
  knownFiles,
  knownRemovals,
  type Removal,
  rememberRemovals,
  writeFiles,
} from "./file-rows.ts";

/** What really became different. */
export type FileChanges = {
  readonly written: readonly FileRecord[];
  readonly gone: readonly KnownFile[];
  readonly files: number;
  readonly bytes: number;
};

/** Of several announcements of one path the one that was published last counts. */
const latest = <T extends { readonly path: string; readonly publishedAt: Date }>(
  items: readonly T[],
): Map<string, T> => {
  const byPath = new Map<string, T>();
  for (const item of items) {
    const other = byPath.get(item.path);
    if (other === undefined || other.publishedAt <= item.publishedAt) byPath.set(item.path, item);
  }
  return byPath;
};

const isOutdated = (record: FileRecord, removals: ReadonlyMap<string, Date>): boolean =>
  [record.path, record.scan, "", record.subject === null ? null : `sub-${record.subject}`].some((path) => {
    const removedAt = path === null ? undefined : removals.get(path);
    return removedAt !== undefined && removedAt > record.publishedAt;
  });

const isNews = (record: FileRecord, known: KnownFile | undefined): boolean =>
  known === undefined ||
  known.sha256 !== record.sha256 ||
  known.size !== record.size ||
  known.kind !== record.kind ||
  known.scan !== record.scan;

const goneFiles = (
  known: readonly KnownFile[],
  removals: ReadonlyMap<string, Removal>,
  uploads: ReadonlyMap<string, Upload>,
  fresh: ReadonlyMap<string, FileRecord>,
): KnownFile[] =>
  known.filter((file) => {
    if (fresh.has(file.path)) return false;
    const removal = removals.get(file.path) ?? (file.scan === null ? undefined : removals.get(file.scan));
    const upload = file.scan === null ? undefined : uploads.get(file.scan);
    const isReplaced = upload !== undefined && !upload.paths.has(file.path) && upload.publishedAt >= file.publishedAt;
    return isReplaced || (removal !== undefined && removal.publishedAt >= file.publishedAt);
  });

type Upload = { readonly path: string; readonly publishedAt: Date; readonly paths: ReadonlySet<string> };

const uploadsOf = (changes: readonly Change[]): Map<string, Upload> =>
  latest(
    changes.flatMap(({ scan, files, publishedAt }) =>
      scan === null ? [] : [{ path: scan, publishedAt, paths: new Set(files.map(({ record }) => record.path)) }],
    ),
  );

/**
 * Brings the files of one dataset to what the changes say, whatever the order in which they come: for each path the announcement
 * that was published last counts. The dataset must be locked.
 */
export const applyFiles = async (
  tx: Transaction,
  dataset: string,
  changes: readonly Change[],
): Promise<FileChanges> => {
  const records = latest(changes.flatMap(({ files }) => files.map(({ record }) => record)));
  const removals = latest(
    changes.flatMap(({ removed, publishedAt }) => removed.map((path) => ({ path, publishedAt }))),
  );
  const uploads = uploadsOf(changes);
  const scans = [...uploads.keys(), ...removals.keys()];
  // They travel to the server together, and are executed in this order.
  const [, known, removedBefore] = await together([
    rememberRemovals(tx, dataset, [...removals.values()]),
    knownFiles(tx, dataset, [...records.keys(), ...removals.keys()], scans),
    knownRemovals(
      tx,
      dataset,
      [...records.values()].flatMap(({ path, scan }) => (scan === null ? [path] : [path, scan])),
    ),
  ]);
  const byPath = new Map(known.map((file) => [file.path, file]));
  const fresh = new Map(
    [...records].filter(([path, record]) => {
      const before = byPath.get(path);
      return !isOutdated(record, removedBefore) && (before === undefined || before.publishedAt <= record.publishedAt);
    }),
  );
  const gone = goneFiles(known, removals, uploads, fresh);
  const written = [...fresh.values()].filter((record) => isNews(record, byPath.get(record.path)));
  const replaced = written.flatMap(({ path }) => byPath.get(path) ?? []);
  await together([
    deleteFiles(
      tx,
      dataset,
      gone.map(({ path }) => path),
    ),
    writeFiles(tx, dataset, [...fresh.values()]),
    forgetPictures(
      tx,
      [...gone, ...replaced].map(({ sha256 }) => ({ dataset, sha256 })),
    ),
  ]);
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
