import { basename, resolve } from "node:path";
import { summaryOf } from "../findings/findings-page.ts";
import { reportFolder } from "../findings/report-folder.ts";
import { type ImportProgress, type ImportReport, importDataset } from "../import/import-dataset.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import type { Progress } from "../progress/describe-progress.ts";
import { type Report, showStep } from "../progress/show-steps.ts";
import { say } from "../say.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { awaitIndex } from "./await-index.ts";

/** `dataset import DIR`. */
export const importFolder = async (
  directory: string,
  { json, name }: Reading & { readonly name?: string },
): Promise<void> => {
  const server = await findServer();
  const dataset = name ?? basename(resolve(directory));
  const report = await showStep(
    `Import ${dataset}`,
    (show) => sendFolder(server, directory, dataset, show),
    importText,
  );
  const known = await showStep(
    "Index",
    (show) => awaitIndex(server, dataset, scansIn(report), show),
    (all) => (all ? `${scansIn(report)} scans can be found` : "not every scan can be found"),
  );
  const found = await showStep(
    "Check",
    () => reportFolder(server, dataset, report.status.id, directory),
    ({ errors, warnings }) => summaryOf(errors, warnings),
  );
  if (!known) say("The catalog refused some of them: see `rollerblade dead-letters list`.");
  if (json === true) return printJson({ ...report.status, sent: report.sent, skipped: report.skipped });
  for (const [reason, count] of Object.entries(report.skipped)) say(`Left out: ${count} ${reason}`);
  if (found.errors + found.warnings > 0) say(`See what to mend with \`rollerblade dataset findings ${dataset}\`.`);
  say(`See it with \`rollerblade dataset show ${dataset}\`.`);
};

/** Scans that the dataset has now. */
const scansIn = ({ status }: ImportReport): number => {
  const { added, changed, unchanged } = status.summary?.scans ?? { added: 0, changed: 0, unchanged: 0 };
  return added + changed + unchanged;
};

/** Sends a folder and tells how far that is. */
export const sendFolder = (server: Server, directory: string, dataset: string, show: Report): Promise<ImportReport> =>
  importDataset({ client: server, directory, dataset, onProgress: (progress) => show(progressOf(progress)) });

/** `12 scans added, 3 unchanged; 4.5 MB sent`. */
export const importText = ({ status, sent }: ImportReport): string => {
  const scans = status.summary?.scans ?? { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const words = Object.entries(scans).flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`]));
  return `scans: ${words.join(", ") || "none"}; ${formatBytes(sent.bytes)} sent`;
};

const progressOf = ({ phase, done, of }: ImportProgress): Progress => {
  if (phase === "send") return { done: Math.round(done / 1e6), total: Math.round(of / 1e6), unit: "MB sent" };
  return { done, total: phase === "walk" ? null : of, unit: words[phase] };
};

const words = { walk: "files found", hash: "files read", publish: "files in place" } as const;
