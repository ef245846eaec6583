import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import {
  compressedHeadBytes,
  type DatasetFinding,
  finding,
  hasImageHeader,
  imageHeadBytes,
  imageTailBytes,
  maxPointerBytes,
  oneFileFolder,
  pointerHeadBytes,
} from "@rollerblade/abids";
import { retryUnavailable } from "@rollerblade/client";
import type { Location, PlacedFile } from "@rollerblade/object-store";
import pLimit from "p-limit";

/** Files that are fetched at once. */
const filesAtOnce = 32;

/** Tables and JSON of more bytes are not read when a dataset is looked through, so only their size counts. */
const largestText = 64 * 2 ** 20;

/** Folders that are left out: `sourcedata` is not BIDS, and hidden folders belong to no dataset. */
const closed = { top: ["sourcedata"], hidden: true, openWithin: oneFileFolder } as const;

/**
 * Makes a folder look like a dataset that lies elsewhere: every file with its name and size, text with its content,
 * images with their first bytes and the end of compressed ones, and holes for all the rest. It takes hardly any room, and whoever looks through
 * folders can look through it. Answers what no folder can hold. @throws Problem when the place does not answer
 */
export const mirrorLocation = async (
  location: Location,
  folder: string,
  signal?: AbortSignal,
): Promise<DatasetFinding[]> => {
  const limit = pLimit(filesAtOnce);
  const findings: DatasetFinding[] = [];
  // A key comes before those below it.
  const listed = new Set<string>();
  for await (const { files, faults } of location.list(closed)) {
    signal?.throwIfAborted();
    findings.push(...faults.map(({ path, message }) => finding("unsafe-path", path, message)));
    for (const { path } of files) listed.add(path);
    const parentOf = (path: string): string | undefined => foldersAbove(path).find((above) => listed.has(above));
    const below = files.flatMap(({ path }) => {
      const parent = parentOf(path);
      return parent === undefined ? [] : [finding("unsafe-path", path, `lies in ${parent}, which is a file`)];
    });
    findings.push(...below);
    const whole = files.filter(({ path }) => parentOf(path) === undefined);
    const faulty = await Promise.all(whole.map((file) => limit(mirrorFile, location, folder, file, signal)));
    findings.push(...faulty.filter((one) => one !== null));
  }
  return findings;
};

const mirrorFile = async (
  location: Location,
  folder: string,
  file: PlacedFile,
  signal: AbortSignal | undefined,
): Promise<DatasetFinding | null> => {
  const [bytes, tail] = await Promise.all(
    [firstBytes, lastBytes].map((read) => retryUnavailable(() => read(location, file, signal), { signal })),
  );
  const target = join(folder, file.path);
  try {
    await mkdir(dirname(target), { recursive: true });
    const handle = await open(target, "wx");
    try {
      await handle.write(bytes ?? Buffer.alloc(0));
      await handle.truncate(file.size);
      if (tail !== undefined && tail.length > 0) await handle.write(tail, 0, tail.length, file.size - tail.length);
    } finally {
      await handle.close();
    }
    return null;
  } catch (error) {
    return unheld(file.path, error);
  }
};

const foldersAbove = (path: string): readonly string[] => {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
};

/** Of a bucket, but of no folder: a name that is too long. */
const unheld = (path: string, error: unknown): DatasetFinding => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const why = reasons[code];
  if (why === undefined) throw error;
  return finding("unsafe-path", path, why);
};

const reasons: Readonly<Record<string, string>> = {
  ENAMETOOLONG: "is too long a name for a file",
};

const firstBytes = async (
  location: Location,
  { path, size }: PlacedFile,
  signal: AbortSignal | undefined,
): Promise<Buffer> => {
  const wanted = wantedOf(path, size);
  if (wanted === 0) return Buffer.alloc(0);
  const range = wanted < size ? { range: { start: 0, end: wanted - 1 } } : {};
  return (await buffer(await location.get(path, { ...range, signal }))).subarray(0, size);
};

/** Of a compressed image, what shows that it is whole; nothing where the first bytes are all of it. */
const lastBytes = async (
  location: Location,
  { path, size }: PlacedFile,
  signal: AbortSignal | undefined,
): Promise<Buffer> => {
  if (!path.endsWith(".nii.gz") || size <= imageHeadBytes) return Buffer.alloc(0);
  const range = { start: size - imageTailBytes, end: size - 1 };
  // A store that knows no ranges sends all of it.
  return (await buffer(await location.get(path, { range, signal }))).subarray(-imageTailBytes);
};

const wantedOf = (path: string, size: number): number => {
  if (/\.(json|tsv|bval|bvec)$/.test(path) || path.endsWith(".bidsignore")) return size > largestText ? 0 : size;
  if (path.endsWith(".tsv.gz")) return Math.min(size, compressedHeadBytes);
  if (hasImageHeader(path)) return Math.min(size, imageHeadBytes);
  // What may be a pointer of git-annex, and the version of a TIFF.
  return size <= maxPointerBytes || /\.(tiff?|btf)$/.test(path) ? Math.min(size, pointerHeadBytes) : 0;
};
