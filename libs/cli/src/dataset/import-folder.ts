import { basename, resolve } from "node:path";
import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import {
  addressOf,
  type ImportProgress,
  type ImportReport,
  importDataset,
  reportDataset,
  watchChanges,
} from "@rollerblade/transfer";
import { summaryOf } from "../findings/findings-page.ts";
import { plural } from "../plural.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import type { Progress } from "../progress/describe-progress.ts";
import { type Report, showStep } from "../progress/show-steps.ts";
import { say } from "../say.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { awaitIndex } from "./await-index.ts";
import { nestedDatasets } from "./nested-datasets.ts";

/** How a dataset is imported. */
export type ImportFlags = Reading & {
  readonly name?: string;
  readonly inPlace?: boolean;
  readonly strict?: boolean;
  readonly watch?: boolean;
  /** Datasets in `derivatives/`, too. */
  readonly derivatives?: boolean;
};

/** `dataset import DIR`, once or, with `--watch`, again whenever something changes. */
export const importFolder = async (directory: string, flags: ImportFlags): Promise<void> => {
  const server = await findServer();
  const dataset = flags.name ?? basename(resolve(directory));
  await importAll(server, directory, dataset, flags);
  if (flags.watch !== true) return;
  say("Waiting for changes; end with Ctrl-C.");
  const folder = addressOf(directory).startsWith("file:") ? resolve(directory) : null;
  for await (const _ of watchChanges({ folder }))
    await importAll(server, directory, dataset, flags).catch((error: unknown) => say(Problem.from(error).message));
};

/** The dataset, and where that is wanted those in its `derivatives/`, which it is then the source of. */
const importAll = async (server: Server, directory: string, dataset: string, flags: ImportFlags): Promise<void> => {
  await importOnce(server, directory, dataset, flags);
  if (flags.derivatives !== true) return;
  for (const nested of await nestedDatasets(directory, dataset)) {
    await importOnce(server, nested.directory, nested.dataset, flags);
    const told = { params: { dataset: nested.dataset }, body: { source: dataset } };
    await server.call(catalogRoutes.setSource, told);
    say(`${nested.dataset} is derived from ${dataset}.`);
  }
};

const importOnce = async (
  server: Server,
  directory: string,
  dataset: string,
  { json, inPlace = false, strict = false, derivatives }: ImportFlags,
): Promise<void> => {
  const report = await showStep(
    `Import ${dataset}`,
    (show) => sendFolder(server, directory, dataset, show, { inPlace, strict }),
    importText,
  );
  const known = await showStep(
    "Index",
    (show) => awaitIndex(server, dataset, scansIn(report), show),
    (all) => (all ? `${plural(scansIn(report), "scan")} can be found` : "not every scan can be found"),
  );
  const found = await showStep(
    "Check",
    () => reportDataset(server, { dataset, id: report.status.id, directory }),
    ({ errors, warnings }) => summaryOf(errors, warnings),
  );
  if (!known) say("The catalog refused some of them: see `rollerblade dead-letters list`.");
  if (json === true) return printJson({ ...report.status, sent: report.sent, skipped: report.skipped });
  for (const [reason, count] of Object.entries(report.skipped))
    if (reason !== "derivatives" || derivatives !== true) say(`Left out: ${count} ${reason}${hints[reason] ?? ""}`);
  sayWrong(report);
  if (found.errors + found.warnings > 0) say(`See what to mend with \`rollerblade dataset findings ${dataset}\`.`);
  say(`See it with \`rollerblade dataset show ${dataset}\`.`);
};

const hints: Readonly<Record<string, string>> = {
  derivatives: " (import them with --derivatives)",
  "of deleted subjects": " (take them back with `rollerblade subject restore`)",
};

/** Findings and removed files that are named one by one. */
const mostSaid = 20;

const sayWrong = ({ status }: ImportReport): void => {
  for (const { where, message } of status.findings.slice(0, mostSaid)) say(`${where}: ${message}`);
  if (status.findings.length > mostSaid) say(`… and ${status.findings.length - mostSaid} more`);
  const gone = status.summary?.gone ?? [];
  for (const path of gone.slice(0, mostSaid)) say(`Removed: ${path}`);
  const removed = status.summary?.files.removed ?? 0;
  if (removed > mostSaid) say(`… and ${removed - Math.min(mostSaid, gone.length)} more removed`);
};

/** Scans that the dataset has now. */
const scansIn = ({ status }: ImportReport): number => {
  const { added, changed, unchanged } = status.summary?.scans ?? { added: 0, changed: 0, unchanged: 0 };
  return added + changed + unchanged;
};

/** Sends a folder and tells how far that is. */
export const sendFolder = (
  server: Server,
  directory: string,
  dataset: string,
  show: Report,
  how: { readonly inPlace?: boolean; readonly strict?: boolean } = {},
): Promise<ImportReport> =>
  importDataset({ client: server, directory, dataset, ...how, onProgress: (progress) => show(progressOf(progress)) });

/** `12 scans added, 3 unchanged; 4.5 MB sent`. */
export const importText = ({ status, sent }: ImportReport): string => {
  const scans = status.summary?.scans ?? { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const words = Object.entries(scans).flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`]));
  return `scans: ${words.join(", ") || "none"}; ${formatBytes(sent.bytes)} sent`;
};

const progressOf = ({ phase, done, of, trouble }: ImportProgress): Progress => ({
  ...{ done, total: of === 0 ? null : of, unit: words[phase] },
  ...(trouble ? { note: `waits and tries again: ${trouble}` } : {}),
});

const words = { walk: "files found", hash: "files read", send: "files sent", publish: "files in place" } as const;
