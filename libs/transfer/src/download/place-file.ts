import { createHash, randomUUID } from "node:crypto";
import { lstat, rename, rm, stat } from "node:fs/promises";
import type { DownloadFile } from "@rollerblade/client";
import { retryUnavailable } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { hashFile } from "../hash-file.ts";
import { fetchPart, type RenewLink } from "./fetch-part.ts";
import { linkFile } from "./link-file.ts";
import type { TargetFolder } from "./target-folder.ts";
import { faultOfWriting } from "./write-faults.ts";

/** How files are put to their places. */
export type PlaceOptions = {
  /** Replaces files that no download wrote. */
  readonly force?: boolean;
  /** A bucket that is a folder of this machine: files become links into it. */
  readonly linkTo?: string;
  /** Asks for a file's link again when it has expired. @default the download fails */
  readonly renew?: RenewLink;
  readonly signal?: AbortSignal;
};

/** What was done for a file; `bytes` came over the net. */
export type Placed = { readonly how: "kept" | "fetched" | "linked"; readonly bytes: number };

/**
 * Puts a file to its place, whole or not at all, and checked against its hash; what is there already with the same
 * bytes stays.
 * @throws Problem `conflict` for a file that somebody else put there, a full disk, other bytes than promised
 */
export const placeFile = async (
  target: TargetFolder,
  place: string,
  file: DownloadFile,
  options: PlaceOptions,
): Promise<Placed> => {
  try {
    const location = await target.locate(place);
    const there = await hashOfPlace(location, place);
    if (there !== null && there === file.sha256) return await keep(target, place, there);
    requireReplaceable(target, place, there, file, options);
    const part = target.partOf(partName(place, file));
    const placed = await bring(part, file, options);
    if (placed.sha256 === there) {
      await rm(part, { force: true });
      return await keep(target, place, there);
    }
    requireReplaceable(target, place, there, { ...file, sha256: placed.sha256 }, options);
    await rename(part, location);
    await target.written.add(place, placed.sha256);
    return { how: placed.how, bytes: placed.bytes };
  } catch (error) {
    throw faultOfWriting(error, target.root, place);
  }
};

const keep = async (target: TargetFolder, place: string, sha256: string): Promise<Placed> => {
  await target.written.add(place, sha256);
  return { how: "kept", bytes: 0 };
};

/** The content hash of what is at a place; null for nothing, empty for what has none (a dangling link). */
const hashOfPlace = async (location: string, place: string): Promise<string | null> => {
  const is = await lstat(location).catch(() => null);
  if (is === null) return null;
  if (is.isDirectory()) throw taken(place, "is a folder where a file is to be written");
  const content = await stat(location).catch(() => null);
  if (content === null || !content.isFile()) return "";
  return hashFile({ path: place, location, size: content.size });
};

/**
 * Only what downloads wrote, and nobody changed since, is replaced. A hash that nobody knows yet is judged when it is
 * known.
 */
const requireReplaceable = (
  { written }: TargetFolder,
  place: string,
  there: string | null,
  { sha256 }: DownloadFile,
  { force = false }: PlaceOptions,
): void => {
  if (there === null || force || sha256 === null || written.hashOf(place) === there) return;
  throw taken(place, "is there with other content, and no download put it there");
};

const taken = (place: string, what: string): Problem =>
  new Problem({
    code: "conflict",
    message: `${place} ${what}.`,
    subject: place,
    next: "Choose an empty folder, or replace what is there with --force.",
    findings: [{ where: place, message: what }],
  });

/** The same for the same content at the same place, so that the next call goes on with it. */
const partName = (place: string, { sha256 }: DownloadFile): string =>
  sha256 === null ? randomUUID() : createHash("sha256").update(`${sha256} ${place}`).digest("hex");

type Brought = Placed & { readonly sha256: string };

const bring = async (part: string, file: DownloadFile, { linkTo, renew, signal }: PlaceOptions): Promise<Brought> => {
  if (linkTo !== undefined) {
    await rm(part, { force: true });
    if (await linkFile(linkTo, file, part)) return { how: "linked", bytes: 0, sha256: file.sha256 ?? "" };
  }
  const fetched = await retryUnavailable(() => fetchPart(part, file, { renew, signal }), { signal });
  return { how: "fetched", ...fetched };
};
