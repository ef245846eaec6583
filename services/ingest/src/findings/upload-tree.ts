import { buffer } from "node:stream/consumers";
import {
  compressedHeadBytes,
  type DatasetTree,
  folderOf,
  hasImageHeader,
  imageHeadBytes,
  imageTailBytes,
  pointerHeadBytes,
} from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import pLimit from "p-limit";
import type { Ingest } from "../ingest.ts";
import { parentsOf } from "../plan/check-manifest.ts";

/** Bytes of one text, and of all contents, that are read to judge an upload. */
const [maxTextBytes, maxBytes] = [16 * 2 ** 20, 64 * 2 ** 20];

type StoredFile = { readonly path: string; readonly size: number };

/**
 * The part of a dataset that some of its files are judged with, in memory: their folders and those above them, with the
 * text of what lies there and the first bytes of the files themselves. Of other subjects only the folders' names.
 */
export const uploadTree = async (ingest: Ingest, dataset: string, paths: readonly string[]): Promise<DatasetTree> => {
  const folders = new Set(["", ...paths.flatMap(parentsOf)]);
  const files = await ingest.sql<StoredFile[]>`
    select path, size from ingest.files where dataset = ${dataset} and folder = any(${[...folders]}::text[])`;
  const tops = await ingest.sql<{ top: string }[]>`
    select distinct split_part(path, '/', 1) as top from ingest.files where dataset = ${dataset} and path like 'sub-%/%'`;
  const contents = await readContents(ingest, dataset, files, new Set(paths));
  const entries = new Map<string, Map<string, "file" | "folder">>();
  const enter = (path: string, kind: "file" | "folder"): void => {
    const folder = folderOf(path);
    const names = entries.get(folder) ?? new Map<string, "file" | "folder">();
    entries.set(folder, names.set(path.slice(folder === "" ? 0 : folder.length + 1), kind));
  };
  for (const { top } of tops) enter(top, "folder");
  for (const { path } of files) {
    for (const folder of parentsOf(path)) enter(folder, "folder");
    enter(path, "file");
  }
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  return {
    list: (folder) => [...(entries.get(folder) ?? [])].map(([name, kind]) => ({ name, kind })),
    read: (path, most) => {
      const [bytes, size] = [contents.get(path), sizes.get(path)];
      if (size === undefined) return { ok: false, rule: "unreadable", message: "is not there" };
      if (bytes === undefined || bytes.length < size || size > most)
        return { ok: false, rule: "too-large", message: `is ${size} bytes, of which not all were read` };
      return { ok: true, bytes };
    },
    head: (path, most) => {
      const size = sizes.get(path);
      if (size === undefined) return { ok: false, rule: "unreadable", message: "is not there" };
      const bytes = contents.get(path) ?? new Uint8Array();
      // What is not read to its end shows nothing of it.
      const tail = bytes.length === size ? bytes.subarray(-imageTailBytes) : new Uint8Array();
      return { ok: true, bytes: bytes.subarray(0, most), size, tail };
    },
    has: (path) => sizes.has(path) || entries.has(path) || entries.get(folderOf(path))?.has(nameOf(path)) === true,
  };
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Reads what the files are judged by, as far as there is room: the files themselves first. */
const readContents = async (
  { objects, config }: Ingest,
  dataset: string,
  files: readonly StoredFile[],
  own: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> => {
  const limit = pLimit(config.copies);
  const contents = new Map<string, Uint8Array>();
  let room = maxBytes;
  const ordered = [...files.filter(({ path }) => own.has(path)), ...files.filter(({ path }) => !own.has(path))];
  const read = async ({ path, size }: StoredFile, length: number): Promise<void> => {
    const range = length < size ? { range: { start: 0, end: length - 1 } } : {};
    contents.set(path, await buffer(await objects.get(datasetKey(dataset, path), range)));
  };
  await Promise.all(
    ordered.map((file) => {
      const length = wantedOf(file, own.has(file.path));
      room -= length;
      if (length === 0) contents.set(file.path, new Uint8Array());
      return length === 0 || room < 0 ? null : limit(read, file, length);
    }),
  );
  return contents;
};

const wantedOf = ({ path, size }: StoredFile, isOwn: boolean): number => {
  if (/\.(json|tsv|bval|bvec)$/.test(path) || path === ".bidsignore") return size > maxTextBytes ? 0 : size;
  if (!isOwn) return 0;
  if (path.endsWith(".tsv.gz")) return Math.min(size, compressedHeadBytes);
  return Math.min(size, hasImageHeader(path) ? imageHeadBytes : pointerHeadBytes);
};
