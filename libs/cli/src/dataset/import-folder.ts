import { resolve } from "node:path";
import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import {
  addressOf,
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
  importDataset,
  reportDataset,
  watchChanges,
} from "@rollerblade/transfer";
import { confirm } from "../confirm.ts";
import { summaryOf } from "../findings/findings-page.ts";
import { printLine, printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import type { Progress } from "../progress/describe-progress.ts";
import { type Report, showStep } from "../progress/show-steps.ts";
import { resumable } from "../resumable.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { awaitIndex } from "./await-index.ts";
import { keptText } from "./kept-files.ts";
import { nestedDatasets } from "./nested-datasets.ts";
import { requireScans, scansIn } from "./require-scans.ts";
import { nameOfDataset, requireDataset } from "./source-folder.ts";

/** Options of `dataset import`. */
export type ImportFlags = Reading & {
  readonly name?: string;
  readonly inPlace?: boolean;
  /** Follows links that lead out of the folder. */
  readonly followLinks?: boolean;
  readonly strict?: boolean;
  readonly watch?: boolean;
  /** Removes what the source no longer has. */
  readonly mirror?: boolean;
  /** Removes it without being asked again. */
  readonly yes?: boolean;
  /** Removes it also when it is more than half of the dataset. */
  readonly force?: boolean;
  /** Prints what would change, and changes nothing. */
  readonly dryRun?: boolean;
  /** Datasets in `derivatives/`, too. */
  readonly derivatives?: boolean;
};

/** `dataset import DIR`, once or, with `--watch`, again whenever something changes. */
export const importFolder = async (directory: string, flags: ImportFlags): Promise<void> => {
  const server = await findServer();
  const dataset = nameOfDataset(directory, flags.name);
  requireMirror(flags);
  await requireDataset(directory);
  if (flags.dryRun === true) return printDryRun(server, directory, dataset, flags);
  await resumable(() => importAll(server, directory, dataset, flags));
  if (flags.watch !== true) return;
  printMessage("Waiting for changes; end with Ctrl-C.");
  const folder = addressOf(directory).startsWith("file:") ? resolve(directory) : null;
  // Whoever agreed to a mirror that watches agreed to what it removes later.
  for await (const _ of watchChanges({ folder }))
    await importAll(server, directory, dataset, { ...flags, yes: true }).catch((error: unknown) =>
      printMessage(Problem.from(error).message),
    );
};

/** The dataset, and where that is wanted those in its `derivatives/`, which it is then the source of. */
const importAll = async (server: Server, directory: string, dataset: string, flags: ImportFlags): Promise<void> => {
  await importOnce(server, directory, dataset, flags);
  if (flags.derivatives !== true) return;
  for (const nested of await nestedDatasets(directory, dataset, flags.followLinks === true)) {
    await importOnce(server, nested.directory, nested.dataset, flags);
    const request = { params: { dataset: nested.dataset }, body: { source: dataset } };
    await server.call(catalogRoutes.setSource, request);
    printMessage(`${nested.dataset} is derived from ${dataset}.`);
  }
};

const importOnce = async (server: Server, directory: string, dataset: string, flags: ImportFlags): Promise<void> => {
  const { json, derivatives } = flags;
  if (flags.mirror === true) await confirmRemoval(server, directory, dataset, flags);
  const report = await showStep(
    `Import ${dataset}`,
    (show) => sendFolder(server, directory, dataset, show, wayOf(flags)),
    importText,
  );
  const known = await showStep(
    "Index",
    (show) => awaitIndex(server, dataset, scansIn(report.status), show),
    (all) => (all ? `${plural(scansIn(report.status), "scan")} can be found` : "not every scan can be found"),
  );
  const found = await showStep(
    "Check",
    () => reportDataset(server, { dataset, id: report.status.id, directory, followLinks: flags.followLinks === true }),
    ({ errors, warnings }) => summaryOf(errors, warnings),
  );
  if (!known) printMessage("The catalog refused some of them: see `rollerblade dead-letters list`.");
  if (json === true) {
    printJson({ ...report.status, sent: report.sent, skipped: report.skipped });
    return requireScans(report.status);
  }
  for (const [reason, count] of Object.entries(report.skipped))
    if (reason !== "derivatives" || derivatives !== true)
      printMessage(`Left out: ${count} ${reason}${hints[reason] ?? ""}`);
  printFindings(report);
  if (found.errors + found.warnings > 0)
    printMessage(`See what to fix with \`rollerblade dataset findings ${dataset}\`.`);
  printMessage(`See it with \`rollerblade dataset show ${dataset}\`.`);
  requireScans(report.status);
};

const hints: Readonly<Record<string, string>> = {
  derivatives: " (import them with --derivatives)",
  "of deleted subjects": " (take them back with `rollerblade subject restore`)",
};

/** @throws Problem `invalid` for flags that only a mirror has */
const requireMirror = ({ mirror, force, yes }: ImportFlags): void => {
  if (mirror === true || (force !== true && yes !== true)) return;
  throw new Problem({
    code: "invalid",
    message: `${force === true ? "--force" : "--yes"} is about what a mirror removes, and an import without --mirror removes nothing.`,
    subject: force === true ? "--force" : "--yes",
    next: "Add --mirror to remove what the source no longer has, or leave the flag out.",
  });
};

const wayOf = ({ inPlace = false, followLinks = false, strict = false, mirror = false, force = false }: ImportFlags) =>
  ({ inPlace, followLinks, strict, force, mode: mirror ? "mirror" : "add" }) as const;

/** `--dry-run`: what would be added, changed, removed or kept, and what would be refused. */
const printDryRun = async (server: Server, directory: string, dataset: string, flags: ImportFlags): Promise<void> => {
  const { status } = await planFolder(server, directory, dataset, flags);
  if (flags.json === true) return printJson(status);
  const summary = status.summary;
  if (summary === null) return;
  const { files } = summary;
  printPaths("Would add", summary.added, files.added);
  printPaths("Would change", summary.changed, files.changed);
  printPaths("Would remove", summary.gone, files.removed);
  printPaths("Would keep, though not in the source", summary.keptPaths, summary.kept);
  for (const { where, message } of status.findings) printLine(`Refused: ${where}: ${message}`);
  printMessage(
    `${dataset}: ${files.added} files to add, ${files.changed} to change, ${files.removed} to remove, ${summary.kept} to keep that the source does not have, ${status.findings.length} refused or at fault. Nothing was changed.`,
  );
};

/** Asks before a mirror removes files, with their list and their number. @throws Problem `cancelled`, `invalid` */
const confirmRemoval = async (
  server: Server,
  directory: string,
  dataset: string,
  flags: ImportFlags,
): Promise<void> => {
  if (flags.yes === true) return;
  const { summary } = (await planFolder(server, directory, dataset, flags)).status;
  const removed = summary?.files.removed ?? 0;
  if (removed === 0) return;
  printPaths("Would remove", summary?.gone ?? [], removed);
  await confirm(`Remove ${plural(removed, "file")} of ${dataset} that ${directory} no longer has?`, flags.yes);
};

const planFolder = (server: Server, directory: string, dataset: string, flags: ImportFlags): Promise<ImportReport> =>
  showStep(
    `Compare ${dataset}`,
    (show) => sendFolder(server, directory, dataset, show, { ...wayOf(flags), dryRun: true }),
    importText,
  );

const printPaths = (what: string, paths: readonly string[], count: number): void => {
  for (const path of paths) printLine(`${what}: ${path}`);
  if (count > paths.length) printMessage(`… and ${count - paths.length} more`);
};

/** Findings and removed files that are named one by one. */
const maxPrinted = 20;

const printFindings = ({ status }: ImportReport): void => {
  for (const { where, message } of status.findings.slice(0, maxPrinted)) printLine(`${where}: ${message}`);
  if (status.findings.length > maxPrinted) printMessage(`… and ${status.findings.length - maxPrinted} more`);
  const gone = status.summary?.gone ?? [];
  for (const path of gone.slice(0, maxPrinted)) printLine(`Removed: ${path}`);
  const removed = status.summary?.files.removed ?? 0;
  if (removed > maxPrinted) printMessage(`… and ${removed - Math.min(maxPrinted, gone.length)} more removed`);
  const { kept = 0, keptPaths = [] } = status.summary ?? {};
  if (kept === 0) return;
  printLine(`Kept ${keptText(kept, keptPaths)}`);
  printMessage("An import adds. `--mirror` would remove them; `--dry-run` lists them.");
};

/** Sends a folder to the server and reports the progress. */
export const sendFolder = (
  server: Server,
  directory: string,
  dataset: string,
  show: Report,
  how: Pick<ImportOptions, "inPlace" | "followLinks" | "strict" | "mode" | "force" | "dryRun"> = {},
): Promise<ImportReport> =>
  importDataset({ client: server, directory, dataset, ...how, onProgress: (progress) => show(progressOf(progress)) });

/** Sums an import up in one line: `12 scans added, 3 unchanged; 4.5 MB sent`. */
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
