import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatasetFinding } from "@rollerblade/abids";
import { findingsRoutes, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { openLocation } from "@rollerblade/object-store";
import { indexFolder } from "./index-folder.ts";
import { mirrorLocation } from "./mirror-location.ts";
import { sendReport } from "./send-report.ts";

/** How much is wrong with a dataset; `complete` when somebody looked through all of it since it last changed. */
export type FindingCounts = { readonly errors: number; readonly warnings: number; readonly complete: boolean };

/** An import, and where it came from: a folder, or `s3://bucket/prefix`. */
export type ReportedImport = {
  readonly dataset: string;
  readonly id: string;
  readonly directory: string;
  /** Whether the import followed links that lead out of the folder. @default false */
  readonly followLinks?: boolean;
};

/**
 * Looks through a dataset that was just imported and reports what is wrong with it, unless nothing changed since the
 * last report. A place that this machine may not read is not looked through. @throws Problem that the server answered
 * with
 */
export const reportDataset = async (client: HttpClient, from: ReportedImport): Promise<FindingCounts> => {
  const before = await countFindings(client, from.dataset);
  if (before.complete) return before;
  if (from.directory.startsWith("s3:")) await reportBucket(client, from);
  else if ((await stat(from.directory).catch(() => null))?.isDirectory() === true) await reportFolder(client, from, []);
  else return before;
  return countFindings(client, from.dataset);
};

const reportFolder = async (
  client: HttpClient,
  { id, directory, followLinks = false }: ReportedImport,
  more: readonly DatasetFinding[],
): Promise<void> => {
  const files = indexFolder(directory, { tables: true, links: followLinks ? "anywhere" : "inside" });
  await sendReport(client, id, files, more).catch((error: unknown) => {
    // Somebody imported something newer meanwhile: theirs is the report that counts.
    if (!(error instanceof Problem && error.code === "conflict")) throw error;
  });
};

/** A bucket is looked through in a folder that has the same names, sizes and texts. */
const reportBucket = async (client: HttpClient, from: ReportedImport): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-look-"));
  try {
    const faults = await mirrorLocation(await openLocation(from.directory), folder);
    await reportFolder(client, { ...from, directory: folder }, faults);
  } catch (error) {
    // In place, the server may read what this machine may not: then nobody looked.
    if (!(error instanceof Problem && unreadable.has(error.code))) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const unreadable: ReadonlySet<string> = new Set(["forbidden", "not-found", "unavailable", "invalid"]);

const countFindings = (client: HttpClient, dataset: string): Promise<FindingCounts> =>
  client.call(findingsRoutes.listFindings, { params: { dataset }, query: { limit: 1 } });
