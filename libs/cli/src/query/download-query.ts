import type { Level } from "@rollerblade/abids/facts";
import { catalogRoutes } from "@rollerblade/client";
import { type DownloadChoice, downloadFound } from "../dataset/export-folder.ts";
import { findServer, type Server } from "../server/find-server.ts";

type Choice = DownloadChoice & { readonly level?: Level; readonly dataset?: readonly string[] };

/** `query download EXPR|NAME|NAME@PIN DIR`. */
export const downloadQuery = async (query: string, folder: string, options: Choice): Promise<void> => {
  const server = await findServer();
  const level = options.level ?? (await savedLevel(server, query)) ?? "scan";
  const datasets = options.dataset === undefined ? {} : { datasets: [...options.dataset] };
  await downloadFound(server, { expression: query, level, ...datasets }, folder, options);
};

/** The level that a saved query was saved with; null for an expression, which is never a single word. */
const savedLevel = async (server: Server, query: string): Promise<Level | null> => {
  const [name] = /^[A-Za-z0-9][A-Za-z0-9_-]*(?=$|@)/.exec(query) ?? [];
  if (name === undefined || name === "true" || name === "false") return null;
  return (await server.call(catalogRoutes.showSavedQuery, { params: { name } })).level;
};
