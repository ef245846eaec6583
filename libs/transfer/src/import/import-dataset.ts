import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { closedFolders, readContext, sortListed } from "@rollerblade/abids";
import { type ImportStatus, ingestRoutes, type ListedFile, retryUnavailable } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { type Location, openLocation } from "@rollerblade/object-store";
import type { ImportOptions } from "./import-options.ts";
import { readSmallText } from "./read-small-text.ts";
import { type SentContents, sendFiles } from "./send-files.ts";
import { untilFinal } from "./until-final.ts";

/** What came of an import. */
export type ImportReport = {
  readonly status: ImportStatus;
  /** Contents and bytes that had to be sent. */
  readonly sent: SentContents;
  /** What was not imported on purpose, by reason; `derivatives`, `sourcedata` and `hidden` stand for whole folders. */
  readonly skipped: Readonly<Record<string, number>>;
};

/**
 * Imports a BIDS dataset from a folder or a bucket: it adds and changes, and removes only as a mirror. Files that did
 * not change since the last import are not read, and only bytes that the server does not have are sent; called again
 * after an interruption, it resumes. Files that are not BIDS are left out and reported. Nothing of the dataset is
 * executed or changed.
 * @throws Problem `invalid` when nothing is imported, with all that is wrong; `conflict` when files change meanwhile;
 * the problems of the server
 */
export const importDataset = async (options: ImportOptions): Promise<ImportReport> => {
  const { client, dataset, strict = false, inPlace = false, followLinks = false, signal } = options;
  const { mode = "add", force = false, dryRun = false } = options;
  if (inPlace && followLinks) throw readByServer;
  options.onProgress?.({ phase: "walk", done: 0, of: 0 });
  const location = await openLocation(addressOf(options.directory), { links: followLinks ? "anywhere" : "inside" });
  const body = { dataset, mode, force, dryRun, strict, ...(inPlace ? { inPlace: location.address } : {}) };
  const begun = await retryUnavailable(() => client.call(ingestRoutes.beginImport, { body }), { signal });
  const sent = inPlace ? nothing : await sendDataset(location, begun.id, options);
  const status = await untilFinal(begun.id, options);
  if (status.state !== (dryRun ? "planned" : "committed")) throw notAccepted(status);
  return { status, sent, skipped: status.summary?.skipped ?? {} };
};

const readByServer = new Problem({
  code: "invalid",
  message: "Links that lead out of a dataset are not followed in place: the server would read with its own rights.",
  subject: "--follow-links",
  next: "Leave out --in-place to import a copy, or --follow-links.",
});

const nothing: SentContents = { files: 0, bytes: 0 };

/** The address of what a person names. */
export const addressOf = (directory: string): string =>
  /^(s3|file):/.test(directory) ? directory : pathToFileURL(resolve(directory)).href;

/**
 * Lists the dataset page by page; of each page the changed files are read and sent before the next one is looked at.
 */
const sendDataset = async (location: Location, id: string, options: ImportOptions): Promise<SentContents> => {
  const { client, signal, onProgress } = options;
  const context = await readContext((path) => readSmallText(location, path));
  const unknown: string[] = [];
  const total = { files: 0, bytes: 0, listed: 0 };
  let after: string | null = null;
  const list = async (to: string | null, files: readonly ListedFile[], rest: Partial<Rest>): Promise<ListedFile[]> => {
    const part = { after, to, files: [...files], unknown: [...unknown], skipped: {}, findings: [], ...rest };
    const call = () => client.call(ingestRoutes.listImportFiles, { params: { import: id }, body: part });
    const changed = new Set((await retryUnavailable(call, { signal })).changed);
    total.listed += files.length;
    after = to ?? after;
    return files.filter(({ path }) => changed.has(path));
  };
  let held: Partial<Rest> = {};
  for await (const page of location.list(closedFolders)) {
    signal?.throwIfAborted();
    const { files, unknown: more, skipped, findings } = sortListed(page, context);
    unknown.push(...more);
    held = {
      skipped: add(held.skipped, skipped),
      findings: [...(held.findings ?? []), ...findings].slice(0, maxFindings),
    };
    const to = page.files.at(-1)?.path;
    if (to === undefined) continue;
    const changed = await list(to, files, held);
    held = {};
    onProgress?.({ phase: "walk", done: total.listed, of: 0 });
    const sent = await sendFiles(location, id, changed, options);
    total.files += sent.files;
    total.bytes += sent.bytes;
  }
  await list(null, [], held);
  await retryUnavailable(
    () => client.call(ingestRoutes.commitImport, { params: { import: id }, body: { files: total.listed } }),
    { signal },
  );
  return { files: total.files, bytes: total.bytes };
};

type Rest = { skipped: Record<string, number>; findings: { where: string; message: string }[] };

/** Findings of one part. */
const maxFindings = 5_000;

const add = (sums: Record<string, number> = {}, more: Readonly<Record<string, number>>): Record<string, number> => {
  const all = { ...sums };
  for (const [reason, count] of Object.entries(more)) all[reason] = (all[reason] ?? 0) + count;
  return all;
};

const notAccepted = (status: ImportStatus): Problem => {
  const { state, dataset, findings } = status;
  if (state !== "refused")
    return new Problem({
      code: "conflict",
      message: `The import was ${state} before it was complete.`,
      subject: dataset,
      next: "Import again: it goes on where it was.",
    });
  return new Problem({
    code: "invalid",
    message: `Nothing was imported: ${findings.length === 1 ? "there is a problem" : `there are ${findings.length} problems`}.`,
    subject: dataset,
    // A finding that says itself what to do speaks of the whole dataset.
    next: findings.every(({ where }) => where === dataset)
      ? "Do what is listed, and import again."
      : "Fix what is listed, or name it in .bidsignore to have it kept unjudged, and import again.",
    findings,
  });
};
