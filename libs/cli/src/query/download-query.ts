import type { Level } from "@rollerblade/analysis";
import { catalogRoutes } from "@rollerblade/client";
import { type DownloadChoice, downloadFound } from "../dataset/export-folder.ts";
import type { QueryOf } from "../download/export-dataset.ts";
import { findServer, type Server } from "../server/find-server.ts";

type Choice = DownloadChoice & { readonly level?: Level; readonly dataset?: readonly string[] };

/** `query download EXPR|NAME DIR`. */
export const downloadQuery = async (query: string, folder: string, options: Choice): Promise<void> => {
  const server = await findServer();
  const { expression, level } = await readQuery(server, query, options.level);
  const datasets = options.dataset === undefined ? {} : { datasets: [...options.dataset] };
  await downloadFound(server, { expression, level, ...datasets }, folder, options);
};

/** A lone word is true of nothing, so it is the name of a saved query. */
const readQuery = async (
  server: Server,
  query: string,
  level: Level | undefined,
): Promise<Required<Omit<QueryOf, "datasets">>> => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(query)) return { expression: query, level: level ?? "scan" };
  const saved = await server.call(catalogRoutes.showSavedQuery, { params: { name: query } });
  return { expression: saved.expression, level: level ?? saved.level };
};
