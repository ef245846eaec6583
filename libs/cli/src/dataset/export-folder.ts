import { join } from "node:path";
import { catalogRoutes } from "@rollerblade/client";
import type { DownloadProgress, DownloadReport } from "@rollerblade/transfer";
import { downloadQuery, exportDataset, type QuerySelection } from "@rollerblade/transfer";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import type { Progress } from "../progress/describe-progress.ts";
import { showStep } from "../progress/show-steps.ts";
import { resumable } from "../resumable.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { serverFolder } from "../server/server-folder.ts";

/** Options of a download. */
export type DownloadChoice = Reading & {
  readonly derivatives?: boolean;
  /** Links instead of copies: into this bucket, or into the one of the server that runs here. */
  readonly link?: string | true;
  readonly force?: boolean;
};

/** Runs `dataset export NAME DIR`, and reports derivatives that are left out since their sources have changed. */
export const exportFolder = async (dataset: string, directory: string, options: DownloadChoice): Promise<void> => {
  const client = await findServer();
  const summary = await client.call(catalogRoutes.showDataset, { params: { dataset } });
  const of = options.derivatives === true ? null : summary.files;
  await download(`Export ${dataset}`, options, of, (onProgress) =>
    exportDataset({ client, dataset, directory, ...chosen(options), onProgress }),
  );
  if (options.derivatives !== true || options.json === true) return;
  const { outdated } = await client.call(catalogRoutes.exportDataset, {
    params: { dataset },
    query: { derivatives: "true", limit: 1 },
  });
  if (outdated !== null && outdated > 0)
    printMessage(
      `${plural(outdated, "derivative")} ${outdated === 1 ? "was" : "were"} left out: what ${outdated === 1 ? "it was" : "they were"} made from has changed since.`,
    );
};

/** Downloads all files that a query finds, each dataset into a folder of its own. */
export const downloadFound = async (
  client: Server,
  query: QuerySelection,
  directory: string,
  options: DownloadChoice,
): Promise<void> =>
  download(`Download to ${directory}`, options, null, (onProgress) =>
    downloadQuery({ client, query, directory, ...chosen(options), onProgress }),
  );

const chosen = ({ derivatives = false, force = false, link }: DownloadChoice) => {
  const linkTo = link === true ? join(serverFolder(), "objects") : link;
  return { derivatives, force, ...(linkTo === undefined ? {} : { linkTo }) };
};

type Fetch = (onProgress: (done: DownloadProgress) => void) => Promise<DownloadReport>;

const download = async (title: string, { json }: Reading, of: number | null, fetch: Fetch): Promise<void> => {
  const done = await resumable(() =>
    showStep(title, (report) => fetch((so) => report(progressOf(so, of))), downloadText),
  );
  if (json === true) return printJson({ ...done, stale: done.stale.length });
  if (done.stale.length > 0) printStale(done.stale);
};

const printStale = (places: readonly string[]): void => {
  printMessage(
    `Left as they are: ${places.length} files of earlier downloads into this folder that are not part of this one:`,
  );
  for (const place of places.slice(0, 5)) printMessage(`  ${place}`);
  if (places.length > 5) printMessage(`  … and ${places.length - 5} more`);
  printMessage("Delete them if the folder should hold this dataset and nothing else.");
};

const progressOf = ({ fetched, linked, kept, bytes, of }: DownloadProgress, known: number | null): Progress => ({
  done: fetched + linked + kept,
  total: of ?? known,
  unit: "files",
  note: formatBytes(bytes),
});

const downloadText = ({ fetched, linked, kept, bytes }: DownloadReport): string =>
  [
    `${fetched} files, ${formatBytes(bytes)}`,
    ...(linked === 0 ? [] : [`${linked} linked`]),
    ...(kept === 0 ? [] : [`${kept} were there already`]),
  ].join("; ");
