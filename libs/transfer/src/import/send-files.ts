import { Readable } from "node:stream";
import { faultOfPointer, hasImageHeader, imageHeadBytes, readImageHeader } from "@rollerblade/abids";
import {
  type HttpClient,
  ingestRoutes,
  type ListedFile,
  type ManifestFile,
  packBytes,
  retryUnavailable,
} from "@rollerblade/client";
import { type Finding, Problem } from "@rollerblade/errors";
import type { InspectedFile, Location, NotInspected } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { changed } from "../hash-file.ts";
import type { ImportOptions } from "./import-options.ts";

/** How many contents were sent, and their bytes. */
export type SentContents = { readonly files: number; readonly bytes: number };

/** Files up to this many bytes are kept in memory when they are read, and sent many at once. */
const small = 256 * 1024;
/** Limits of files and bytes of one group, which is held in memory and sent as one pack. */
const [groupFiles, groupBytes] = [1_000, packBytes / 2];

/** Reads files, sends their hashes and then the bytes that the server does not have; several groups at once. */
export const sendFiles = async (
  location: Location,
  id: string,
  files: readonly ListedFile[],
  options: ImportOptions,
): Promise<SentContents> => {
  const limit = pLimit(options.concurrency ?? 4);
  let [done, sent, bytes] = [0, 0, 0];
  const progress = (count: number): void => {
    done += count;
    options.onProgress?.({ phase: "send", done, of: files.length });
  };
  const send = async (group: readonly ListedFile[]): Promise<void> => {
    options.signal?.throwIfAborted();
    const one = await sendGroup(location, id, group, options, progress);
    sent += one.files;
    bytes += one.bytes;
  };
  await Promise.all(inGroups(files).map((group) => limit(send, group)));
  return { files: sent, bytes };
};

const inGroups = (files: readonly ListedFile[]): ListedFile[][] => {
  const groups: ListedFile[][] = [];
  let room = 0;
  for (const file of files) {
    const last = groups.at(-1);
    const weight = Math.min(file.size, small);
    if (last === undefined || last.length === groupFiles || weight > room) {
      groups.push([file]);
      room = groupBytes - weight;
    } else {
      last.push(file);
      room -= weight;
    }
  }
  return groups;
};

type Content = ManifestFile & { readonly bytes: Uint8Array | null };

const sendGroup = async (
  location: Location,
  id: string,
  group: readonly ListedFile[],
  { client, signal, dryRun = false }: ImportOptions,
  progress: (count: number) => void,
): Promise<SentContents> => {
  const requests = group.map(({ path, size }) => ({ path, size, keep: keptOf(path, size) }));
  const read = await retryUnavailable(() => location.inspect(requests, signal), { signal });
  const { contents, findings } = contentsOf(group, read);
  const byHash = new Map(contents.map((content) => [content.sha256, content]));
  const files = contents.map(({ bytes, ...file }) => file);
  const body = { files, findings };
  const { missing } = await retryUnavailable(
    () => client.call(ingestRoutes.addManifest, { params: { import: id }, body }),
    { signal },
  );
  // The server judges a dry run by names, hashes and small contents, such as sidecars.
  const wanted = missing
    .flatMap(({ sha256 }) => byHash.get(sha256) ?? [])
    .filter(({ bytes }) => !dryRun || bytes !== null);
  const packed = wanted.filter(({ bytes }) => bytes !== null);
  if (packed.length > 0) await retryUnavailable(() => sendPack(client, id, packed, signal), { signal });
  const alone = wanted.filter(({ bytes }) => bytes === null);
  progress(group.length - alone.length);
  for (const file of alone) {
    signal?.throwIfAborted();
    await sendAlone(location, client, id, file, signal);
    progress(1);
  }
  return { files: wanted.length, bytes: wanted.reduce((sum, { size }) => sum + size, 0) };
};

const keptOf = (path: string, size: number): number => {
  if (size <= small) return size;
  return hasImageHeader(path) ? imageHeadBytes : 0;
};

/** @throws Problem `conflict` for a file that changed since it was listed */
const contentsOf = (
  files: readonly ListedFile[],
  read: readonly (InspectedFile | NotInspected)[],
): { contents: Content[]; findings: Finding[] } => {
  const contents: Content[] = [];
  const findings: Finding[] = [];
  for (const [index, { path, size }] of files.entries()) {
    const one = read[index];
    if (one === undefined || "fault" in one) findings.push({ where: path, message: one?.fault ?? "was not read" });
    else if (one.size !== size) throw changed(path);
    else if (size <= small && faultOfPointer(one.head, size) !== null)
      findings.push({ where: path, message: faultOfPointer(one.head, size) ?? "" });
    else {
      if (hasImageHeader(path)) findings.push(...readImageHeader(path, one.head, size, one.tail).findings);
      contents.push({ path, size, sha256: one.sha256, version: one.version, bytes: size <= small ? one.head : null });
    }
  }
  return { contents, findings };
};

const octets = { "content-type": "application/octet-stream" };

const sendPack = async (
  client: HttpClient,
  id: string,
  contents: readonly Content[],
  signal: AbortSignal | undefined,
): Promise<void> => {
  const index = JSON.stringify(contents.map(({ sha256, size }) => [sha256, size]));
  const body = Buffer.concat([Buffer.from(`${index}\n`), ...contents.flatMap(({ bytes }) => bytes ?? [])]);
  await client.raw(`/v1/imports/${id}/packs`, { method: "POST", headers: octets, signal: signal ?? null, body });
};

const sendAlone = async (
  location: Location,
  client: HttpClient,
  id: string,
  { path, sha256 }: Content,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const send = async (): Promise<unknown> =>
    client.raw(`/v1/imports/${id}/objects/${encodeURIComponent(sha256)}`, {
      method: "PUT",
      headers: octets,
      signal: signal ?? null,
      body: Readable.toWeb(await location.get(path, { signal })),
      duplex: "half",
    });
  await retryUnavailable(send, { signal }).catch((error: unknown) => {
    // The server got other bytes than the manifest promised.
    throw error instanceof Problem && error.code === "invalid" ? changed(path) : error;
  });
};
