import { type HttpClient, type ImportStatus, ingestRoutes, type ManifestFile, manifestPart } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import { hashFile } from "./hash-file.ts";
import { readDataset } from "./read-dataset.ts";
import { retrying } from "./retrying.ts";
import { sendContents } from "./send-contents.ts";
import { untilFinal } from "./until-final.ts";
import type { LocalFile } from "./walk-folder.ts";

/** How far an import is: files of `hash`, bytes of `send`, files of `publish`. */
export type ImportProgress = {
  readonly phase: "walk" | "hash" | "send" | "publish";
  readonly done: number;
  readonly of: number;
};

/** What is to be imported, and how. */
export type ImportOptions = {
  readonly client: HttpClient;
  readonly directory: string;
  readonly dataset: string;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
  /** Files read or sent at once. @default 8 */
  readonly concurrency?: number;
};

/** What came of an import. */
export type ImportReport = {
  readonly status: ImportStatus;
  /** Contents and bytes that had to be sent. */
  readonly sent: { readonly files: number; readonly bytes: number };
  /** What was not imported on purpose, by reason; `derivatives`, `sourcedata` and `hidden` may stand for whole folders. */
  readonly skipped: Readonly<Record<string, number>>;
};

/**
 * Imports a BIDS dataset from a folder. Only bytes that the server lacks are sent; called again after an interruption it goes
 * on where it was. Nothing of the folder is executed or changed.
 * @throws Problem `invalid` with everything that is not BIDS, `conflict` when files change meanwhile, and what the server says
 */
export const importDataset = async (options: ImportOptions): Promise<ImportReport> => {
  const { client, dataset, signal } = options;
  options.onProgress?.({ phase: "walk", done: 0, of: 0 });
  const local = await readDataset(options.directory);
  if (local.findings.length > 0) throw notBids(dataset, local.findings);
  const manifest = await hashAll(local.files, options);
  const begun = await retrying(() => client.call(ingestRoutes.beginImport, { body: { dataset } }), signal);
  const wanted = await sendManifest(begun.id, manifest, options);
  const sent = await sendContents(begun.id, wanted, options);
  await retrying(
    () => client.call(ingestRoutes.commitImport, { params: { import: begun.id }, body: { files: manifest.length } }),
    signal,
  );
  const status = await untilFinal(begun.id, options);
  if (status.state !== "committed") throw notAccepted(status);
  return { status, sent, skipped: local.skipped };
};

/** A file with its hash. */
export type HashedFile = LocalFile & { readonly sha256: string };

const hashAll = async (
  files: readonly LocalFile[],
  { onProgress, signal, concurrency = 8 }: ImportOptions,
): Promise<HashedFile[]> => {
  const limit = pLimit(concurrency);
  let done = 0;
  const one = async (file: LocalFile): Promise<HashedFile> => {
    signal?.throwIfAborted();
    const sha256 = await hashFile(file, signal);
    onProgress?.({ phase: "hash", done: ++done, of: files.length });
    return { ...file, sha256 };
  };
  return Promise.all(files.map((file) => limit(one, file)));
};

/** Says what there is; returns one file for each content that the server lacks. */
const sendManifest = async (
  id: string,
  files: readonly HashedFile[],
  { client, signal }: ImportOptions,
): Promise<HashedFile[]> => {
  const byHash = new Map(files.map((file) => [file.sha256, file]));
  const wanted = new Map<string, HashedFile>();
  for (let at = 0; at < files.length; at += manifestPart) {
    const part = files
      .slice(at, at + manifestPart)
      .map(({ path, size, sha256 }): ManifestFile => ({ path, size, sha256 }));
    const answer = await retrying(
      () => client.call(ingestRoutes.addManifest, { params: { import: id }, body: { files: part } }),
      signal,
    );
    for (const { sha256 } of answer.missing) {
      const file = byHash.get(sha256);
      if (file !== undefined) wanted.set(sha256, file);
    }
  }
  return [...wanted.values()];
};

const notBids = (dataset: string, findings: Problem["findings"]): Problem =>
  new Problem({
    code: "invalid",
    message: `This is not a BIDS dataset yet: ${findings.length} ${findings.length === 1 ? "problem" : "problems"}. Nothing was imported.`,
    subject: dataset,
    next: "Mend what is listed, or name it in .bidsignore to leave it out, and import again.",
    findings,
  });

const notAccepted = (status: ImportStatus): Problem =>
  status.state === "refused"
    ? notBids(status.dataset, status.findings)
    : new Problem({
        code: "conflict",
        message: `The import was ${status.state} before it was complete.`,
        subject: status.dataset,
        next: "Import again: it goes on where it was.",
      });
