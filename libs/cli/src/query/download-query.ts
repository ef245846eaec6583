import type { Level } from "@rollerblade/abids/facts";
import { type DownloadChoice, downloadFound } from "../dataset/export-folder.ts";
import { findServer } from "../server/find-server.ts";

type Choice = DownloadChoice & { readonly level?: Level; readonly dataset?: readonly string[] };

/** Runs `query download EXPR|NAME|NAME@PIN DIR`, with whole slices of another level where one is chosen. */
export const downloadQuery = async (query: string, folder: string, options: Choice): Promise<void> => {
  const server = await findServer();
  const level = options.level === undefined ? {} : { level: options.level };
  const datasets = options.dataset === undefined ? {} : { datasets: [...options.dataset] };
  await downloadFound(server, { expression: query, ...level, ...datasets }, folder, options);
};
