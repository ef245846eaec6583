import { faultOfPointer, pointerHeadBytes } from "@rollerblade/abids/absent-content";
import {
  type ImportState,
  type ImportStatus,
  ingestRoutes,
  type ManifestFile,
  manifestPart,
  packBytes,
  retryUnavailable,
} from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { client } from "../api/client.ts";
import type { FolderFile } from "./folder-file.ts";
import { hashFile } from "./hash-file.ts";
import { sortFolder } from "./sort-folder.ts";

/** How far an import is. */
export type ImportProgress = {
  /** `send` reads files and sends what the server does not have; `publish` waits for the server. */
  readonly phase: "list" | "send" | "publish";
  /** Bytes of files while they are read and sent, else files. */
  readonly done: number;
  /** 0 as long as nobody knows. */
  readonly of: number;
  /** Why the server does not go on at the moment; empty when it does. */
  readonly trouble: string;
};

/** What is imported, and how one learns of it. */
export type ImportOptions = {
  readonly dataset: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
};

/** Files up to this many bytes are sent many at once. */
const smallBytes = 256 * 1024;

/** Files and bytes of small files that one request takes. */
const [groupFiles, groupBytes] = [500, packBytes / 2];

/** Groups that are read and sent at the same time; browsers have six connections to a server, of which one brings the events. */
const concurrency = 3;

/**
 * Imports a folder of a BIDS dataset by the routes that the command line uses: what did not change is not sent, and after an interruption it goes on
 * where it was. What the dataset has and the folder has not stays.
 * @throws the problems of the server; `conflict` when a file changes meanwhile; the reason of the signal once it is aborted
 */
export const importFolder = async (
  files: readonly FolderFile[],
  { dataset, signal, onProgress }: ImportOptions,
): Promise<ImportStatus> => {
  const again = <T>(call: () => Promise<T>): Promise<T> => retryUnavailable(call, { signal });
  onProgress({ phase: "list", done: 0, of: files.length, trouble: "" });
  const { files: taken, findings, skipped } = await sortFolder(files);
  const { id } = await again(() => client.call(ingestRoutes.beginImport, { body: { dataset } }));
  const params = { import: id };
  const counted = { phase: "send", of: taken.reduce((sum, { file }) => sum + file.size, 0), trouble: "" } as const;
  let done = 0;
  const add = (bytes: number): void => {
    done += bytes;
    onProgress({ ...counted, done });
  };
  const parts = inParts(taken);
  let after: string | null = null;
  for (const [index, part] of parts.entries()) {
    const to = index === parts.length - 1 ? null : (part.at(-1)?.path ?? null);
    const listed = part.map(({ path, file }) => ({ path, size: file.size, version: null }));
    const rest = index === 0 ? { findings: findings.slice(0, manifestPart), skipped } : {};
    const body = { after, to, files: listed, ...rest };
    const answer = await again(() => client.call(ingestRoutes.listImportFiles, { params, body }));
    const changed = new Set(answer.changed);
    after = to;
    add(part.reduce((sum, { path, file }) => sum + (changed.has(path) ? 0 : file.size), 0));
    const groups = inGroups(part.filter(({ path }) => changed.has(path))).values();
    // Each worker takes the next group that nobody has.
    const worker = async (): Promise<void> => {
      for (const group of groups) await sendGroup(id, group, { signal, add });
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }
  await again(() => client.call(ingestRoutes.commitImport, { params, body: { files: taken.length } }));
  return untilFinal(id, { signal, onProgress });
};

/** Parts of a list; an empty one too, since a list has an end. */
const inParts = (files: readonly FolderFile[]): (readonly FolderFile[])[] =>
  Array.from({ length: Math.max(1, Math.ceil(files.length / manifestPart)) }, (_, at) =>
    files.slice(at * manifestPart, (at + 1) * manifestPart),
  );

const inGroups = (files: readonly FolderFile[]): FolderFile[][] => {
  const groups: FolderFile[][] = [];
  let room = 0;
  for (const one of files) {
    const weight = Math.min(one.file.size, smallBytes);
    const last = groups.at(-1);
    if (last === undefined || last.length === groupFiles || weight > room) {
      groups.push([one]);
      room = groupBytes - weight;
    } else {
      last.push(one);
      room -= weight;
    }
  }
  return groups;
};

type Content = ManifestFile & { readonly file: File };

type Sending = { readonly signal: AbortSignal; readonly add: (bytes: number) => void };

const sendGroup = async (id: string, group: readonly FolderFile[], { signal, add }: Sending): Promise<void> => {
  const contents: Content[] = [];
  const findings: { where: string; message: string }[] = [];
  for (const { path, file } of group) {
    signal.throwIfAborted();
    const fault = faultOfPointer(new Uint8Array(await file.slice(0, pointerHeadBytes).arrayBuffer()), file.size);
    // Half of a file's way is that it was read, the other half that the server has it.
    if (fault === null)
      contents.push({ path, size: file.size, sha256: await hashFile(file, (bytes) => add(bytes / 2)), file });
    else {
      findings.push({ where: path, message: fault });
      add(file.size);
    }
  }
  const body = { files: contents.map(({ file: _file, ...manifest }) => manifest), findings };
  const { missing } = await retryUnavailable(
    () => client.call(ingestRoutes.addManifest, { params: { import: id }, body }),
    { signal },
  );
  const wanted = new Set(missing.map(({ sha256 }) => sha256));
  // Two files of one content are sent once.
  const toSend = [
    ...new Map(contents.filter(({ sha256 }) => wanted.has(sha256)).map((one) => [one.sha256, one])).values(),
  ];
  const [small, large] = [
    toSend.filter(({ size }) => size <= smallBytes),
    toSend.filter(({ size }) => size > smallBytes),
  ];
  const ofLarge = new Set(large);
  if (small.length > 0) await sendPack(id, small, signal);
  add(contents.reduce((sum, one) => sum + (ofLarge.has(one) ? 0 : one.size / 2), 0));
  for (const content of large) {
    await sendAlone(id, content, signal);
    add(content.size / 2);
  }
};

const octets = { "content-type": "application/octet-stream" } as const;

const sendPack = async (id: string, contents: readonly Content[], signal: AbortSignal): Promise<void> => {
  const index = JSON.stringify(contents.map(({ sha256, size }) => [sha256, size]));
  const body = new Blob([`${index}\n`, ...contents.map(({ file }) => file)]);
  const path = ingestRoutes.putPack.path.replace(":import", id);
  await retryUnavailable(() => client.raw(path, { method: "POST", headers: octets, signal, body }), { signal });
};

const sendAlone = async (id: string, { sha256, file, path: name }: Content, signal: AbortSignal): Promise<void> => {
  const path = ingestRoutes.putObject.path.replace(":import", id).replace(":sha256", encodeURIComponent(sha256));
  try {
    await retryUnavailable(() => client.raw(path, { method: "PUT", headers: octets, signal, body: file }), { signal });
  } catch (thrown) {
    // The server got other bytes than the manifest promised.
    if (!(thrown instanceof Problem) || thrown.code !== "invalid") throw thrown;
    throw new Problem({
      code: "conflict",
      message: `${name} changed while it was read.`,
      subject: name,
      next: "Import the folder again once nothing writes into it: what was sent is not sent again.",
    });
  }
};

const moving: ReadonlySet<ImportState> = new Set(["open", "reading", "committing", "publishing"]);

/** Milliseconds between two looks at an import that the server works on. */
const lookMs = 400;

/** Waits until an import is final. */
export const untilFinal = async (
  id: string,
  { signal, onProgress }: Pick<ImportOptions, "signal" | "onProgress">,
): Promise<ImportStatus> => {
  for (;;) {
    const status = await retryUnavailable(() => client.call(ingestRoutes.showImport, { params: { import: id } }), {
      signal,
    });
    if (!moving.has(status.state)) return status;
    const trouble = status.trouble ?? "";
    onProgress(
      status.state === "reading"
        ? { phase: "list", done: status.listed, of: 0, trouble }
        : { phase: "publish", ...status.publish, trouble },
    );
    await new Promise((wake) => setTimeout(wake, lookMs));
    signal.throwIfAborted();
  }
};
