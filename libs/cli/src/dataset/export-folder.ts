import type { DownloadReport } from "../import/download-files.ts";
import { downloadQuery, exportDataset, type QueryOf } from "../import/export-dataset.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import type { Progress } from "../progress/describe-progress.ts";
import { showStep } from "../progress/show-steps.ts";
import { findServer, type Server } from "../server/find-server.ts";

/** What a download is told beside what to fetch. */
export type DownloadChoice = Reading & { readonly derivatives?: boolean };

/** `dataset export NAME DIR`. */
export const exportFolder = async (dataset: string, directory: string, options: DownloadChoice): Promise<void> => {
  const client = await findServer();
  const { derivatives = false } = options;
  await download(`Export ${dataset}`, options, (onProgress) =>
    exportDataset({ client, dataset, directory, derivatives, onProgress }),
  );
};

/** `query EXPR --download DIR`. */
export const downloadFound = async (
  client: Server,
  query: QueryOf,
  directory: string,
  options: DownloadChoice,
): Promise<void> => {
  const { derivatives = false } = options;
  await download(`Download to ${directory}`, options, (onProgress) =>
    downloadQuery({ client, query, directory, derivatives, onProgress }),
  );
};

type Fetch = (onProgress: (done: DownloadReport) => void) => Promise<DownloadReport>;

const download = async (title: string, { json }: Reading, fetch: Fetch): Promise<void> => {
  const done = await showStep(title, (report) => fetch((so) => report(progressOf(so))), downloadText);
  if (json === true) printJson(done);
};

const progressOf = ({ fetched, kept, bytes }: DownloadReport): Progress => ({
  done: fetched + kept,
  total: null,
  unit: "files",
  note: formatBytes(bytes),
});

const downloadText = ({ fetched, kept, bytes }: DownloadReport): string =>
  `${fetched} files, ${formatBytes(bytes)}${kept === 0 ? "" : `; ${kept} were there already`}`;
