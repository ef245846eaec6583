import { stat } from "node:fs/promises";
import { findingsRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { indexFolder } from "../dataset/check/index-folder.ts";
import type { Server } from "../server/find-server.ts";
import { sendReport } from "./send-report.ts";

/** How much is wrong with a dataset; `complete` when somebody looked through all of it since it last changed. */
export type FindingCounts = { readonly errors: number; readonly warnings: number; readonly complete: boolean };

/**
 * Looks through a folder that was just imported and reports what is wrong with it, unless nothing changed since the last report.
 * What is not a folder of this machine is not looked through. @throws what the server says
 */
export const reportFolder = async (
  server: Server,
  dataset: string,
  id: string,
  directory: string,
): Promise<FindingCounts> => {
  const before = await countFindings(server, dataset);
  if (before.complete || (await stat(directory).catch(() => null))?.isDirectory() !== true) return before;
  await sendReport(server, id, indexFolder(directory, { tables: true })).catch((error: unknown) => {
    // Somebody imported something newer meanwhile: theirs is the report that counts.
    if (!(error instanceof Problem && error.code === "conflict")) throw error;
  });
  return countFindings(server, dataset);
};

const countFindings = (server: Server, dataset: string): Promise<FindingCounts> =>
  server.call(findingsRoutes.listFindings, { params: { dataset }, query: { limit: 1 } });
