import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { IndexedFile } from "@rollerblade/abids";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { printMessage } from "../messages.ts";
import { writeJson } from "../terminal/write.ts";
import { printReport } from "./check/print-report.ts";
import { readToEnd } from "./check/read-to-end.ts";
import { addFile, emptySummary } from "./check/summary.ts";
import { conversionOf, datasetsBelow, isUnconverted, listed } from "./source-folder.ts";

/** Options of `dataset check`. */
export type CheckOptions = {
  readonly json?: boolean;
  readonly names?: boolean;
  readonly deep?: boolean;
  /** Follows links that lead out of the folder, as an import does that is asked to. */
  readonly followLinks?: boolean;
};

/** Checks a dataset in a folder without any server; the exit code is 1 where BIDS forbids what was found. */
export const checkFolder = async (
  folder: string,
  { json = false, names = false, deep = false, followLinks = false }: CheckOptions,
): Promise<void> => {
  const summary = emptySummary();
  const started = performance.now();
  const lines: string[] = [];
  for (const indexed of indexFolder(folder, { tables: !names, links: followLinks ? "anywhere" : "inside" })) {
    const file = deep
      ? { ...indexed, findings: [...indexed.findings, ...(await readToEnd(folder, indexed))] }
      : indexed;
    addFile(summary, file, shown);
    if (json) await writeLine(lines, file);
    else if (summary.files % 4_096 === 0) await setImmediate();
  }
  if (json) await flush(lines);
  else printReport(folder, summary, (performance.now() - started) / 1_000);
  const datasets = await datasetsBelow(folder);
  if (datasets.length > 0) printMessage(`${folder} is not a dataset, it holds ${listed(datasets)}: check one of them.`);
  else if (await isUnconverted(folder))
    printMessage(`DICOM, loose images and tables are converted to BIDS: ${conversionOf(folder)}`);
  if (summary.errors > 0) process.exitCode = 1;
};

/** Findings of one rule that a report lists. */
const shown = 5;

const writeLine = async (lines: string[], file: IndexedFile): Promise<void> => {
  lines.push(JSON.stringify(lineOf(file)));
  if (lines.length >= 512) await flush(lines);
};

/** The fields in the order in which people look for them. */
const lineOf = ({ path, class: is, kind, entities, datatype, suffix, extension, ...more }: IndexedFile) => {
  const { metadata, image, reason, nearest, findings } = more;
  return {
    ...{ path, class: is, kind, entities, datatype, suffix, extension },
    ...(metadata !== undefined && { metadata }),
    ...(image !== undefined && { image }),
    ...(reason !== undefined && { reason, nearest }),
    findings,
  };
};

/** Writes as fast as the reader reads, so that nothing piles up. */
const flush = async (lines: string[]): Promise<void> => {
  if (lines.length === 0) return;
  const isTaken = writeJson("stdout", `${lines.join("\n")}\n`);
  lines.length = 0;
  if (!isTaken) await once(process.stdout, "drain");
};
