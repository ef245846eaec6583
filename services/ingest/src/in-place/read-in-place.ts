import {
  classify,
  closedFolders,
  type DatasetContext,
  faultOfPointer,
  hasImageHeader,
  imageHeadBytes,
  pointerHeadBytes,
  readContext,
  readImageHeader,
  readJsonObject,
  sortListed,
} from "@rollerblade/abids";
import type { ListedFile, ManifestFile } from "@rollerblade/client";
import { type Finding, Problem } from "@rollerblade/errors";
import { crashPoint } from "@rollerblade/events";
import {
  type InspectedFile,
  type ListedPage,
  type Location,
  type NotInspected,
  openLocation,
} from "@rollerblade/object-store";
import { addFindings, compareListing, restartListing } from "../imports/compare-listing.ts";
import { findImport, moveImport } from "../imports/import-rows.ts";
import { addManifest } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { readSmallText } from "../staged/read-content.ts";
import { oneAhead } from "./one-ahead.ts";

/** Files that are read before what was found is recorded. */
const readAtOnce = 1_000;

/** JSON of more bytes is not read. */
const maxJsonBytes = 16 * 2 ** 20;

/**
 * Lists the files of an import in place and reads what is new or changed: its hash, and whether a sidecar or an image
 * header is broken. Killed at any moment and begun again, it reads only what it had not read. Does not end the import
 * when the place does not answer.
 */
export const readInPlace = async (ingest: Ingest, id: string): Promise<void> => {
  const row = await findImport(ingest.sql, id);
  if (row.location === null) return;
  await restartListing(ingest, id);
  try {
    const location = await openLocation(row.location);
    const context = await readContext((path) => readSmallText(location, path));
    const unknown: string[] = [];
    let after: string | null = null;
    for await (const page of oneAhead(location.list(closedFolders))) {
      ingest.signal.throwIfAborted();
      after = await takePage(ingest, id, { location, context, page, after, unknown });
    }
    const last = { after, to: null, files: [], unknown, skipped: {}, findings: [] };
    await compareListing(ingest, row, last);
    await moveImport(ingest.sql, id, ["reading"], "committing");
  } catch (error) {
    if (!(error instanceof Problem) || !["not-found", "invalid"].includes(error.code)) throw error;
    await moveImport(ingest.sql, id, ["reading"], "refused", [{ where: row.location, message: error.message }]);
  }
};

type Page = {
  readonly location: Location;
  readonly context: DatasetContext;
  readonly page: ListedPage;
  readonly after: string | null;
  /** What is unknown of this page and all before it: a folder may belong to a later page. */
  readonly unknown: string[];
};

/** The last path of the page. */
const takePage = async (
  ingest: Ingest,
  id: string,
  { location, context, page, after, unknown }: Page,
): Promise<string | null> => {
  const row = await findImport(ingest.sql, id);
  if (row.state !== "reading")
    throw new Problem({ code: "conflict", message: "The import ended meanwhile.", subject: id });
  const { files, ...found } = sortListed(page, context);
  unknown.push(...found.unknown);
  const to = page.files.at(-1)?.path ?? after;
  if (to === null || to === after) {
    await addFindings(ingest, id, found.findings);
    return after;
  }
  const changed = await compareListing(ingest, row, { ...found, after, to, files, unknown });
  for await (const { part, read } of oneAhead(readParts(location, changed, ingest.signal))) {
    await record(ingest, id, part, read);
    crashPoint("ingest.read");
  }
  return to;
};

type ReadPart = { readonly part: readonly ListedFile[]; readonly read: readonly (InspectedFile | NotInspected)[] };

const readParts = async function* (
  location: Location,
  files: readonly ListedFile[],
  signal: AbortSignal,
): AsyncGenerator<ReadPart> {
  for (let at = 0; at < files.length; at += readAtOnce) {
    const part = files.slice(at, at + readAtOnce);
    yield { part, read: await location.inspect(part.map(requestOf), signal) };
  }
};

const requestOf = ({ path, size }: ListedFile) => ({ path, size, keep: keptOf(path, size) });

const keptOf = (path: string, size: number): number => {
  if (hasImageHeader(path)) return imageHeadBytes;
  return path.endsWith(".json") && size <= maxJsonBytes ? size : pointerHeadBytes;
};

const record = async (
  ingest: Ingest,
  id: string,
  files: readonly ListedFile[],
  read: readonly (InspectedFile | NotInspected)[],
): Promise<void> => {
  const rows: ManifestFile[] = [];
  const findings: Finding[] = [];
  for (const [index, { path, size, version }] of files.entries()) {
    const one = read[index];
    if (one === undefined || "fault" in one) findings.push({ where: path, message: one?.fault ?? "was not read" });
    else if (one.size !== size || (version !== null && one.version !== version))
      findings.push({ where: path, message: "changed while it was read; import again when nobody writes to it" });
    else if (faultOfPointer(one.head, size) !== null)
      findings.push({ where: path, message: faultOfPointer(one.head, size) ?? "" });
    else {
      rows.push({ path, size, sha256: one.sha256, version: one.version });
      findings.push(...faultsOfContent(path, one));
    }
  }
  if (rows.length > 0) await addManifest(ingest.sql, id, rows);
  await addFindings(ingest, id, findings);
};

const faultsOfContent = (path: string, { head, tail, size }: InspectedFile): readonly Finding[] => {
  if (hasImageHeader(path)) return readImageHeader(path, head, size, tail).findings;
  if (!path.endsWith(".json") || isDocument(path)) return [];
  if (size > maxJsonBytes) return [{ where: path, message: `is ${size} bytes of JSON; the limit is ${maxJsonBytes}` }];
  return readJsonObject(path, head).findings;
};

const isDocument = (path: string): boolean => {
  const is = classify(path);
  return is.class === "data" || (is.class === "metadata" && is.kind === "document");
};
