import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { findingsRoutes, type KeptFinding, readAll } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { formatTime, printJson, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { findingsPage, summaryOf } from "./findings-page.ts";
import { groupFindings } from "./group-findings.ts";
import { printGroup } from "./print-grouped.ts";

/** Options of `dataset findings`. */
export type FindingsChoice = Reading & {
  readonly html?: string;
  readonly history?: boolean;
  /** As this import left it. */
  readonly import?: string;
  readonly severity?: "error" | "warning";
  readonly rule?: string;
};

/** Runs `dataset findings NAME`: findings by rule, one JSON document, or a page to send to somebody. */
export const showFindings = async (dataset: string, options: FindingsChoice): Promise<void> => {
  const server = await findServer();
  if (options.history === true) return showHistory(server, dataset, options);
  const { items, errors, warnings, complete } = await readFindings(server, dataset, options);
  if (options.html !== undefined) await writePage(options.html, dataset, items);
  if (options.json === true) return printJson({ dataset, errors, warnings, complete, findings: items });
  if (options.html !== undefined) return printMessage(`${summaryOf(errors, warnings)}: see ${options.html}`);
  if (items.length === 0)
    printMessage(
      complete ? "Rollerblade found nothing wrong with this dataset." : "Nothing wrong is known of this dataset.",
    );
  for (const group of groupFindings(items)) printGroup(group);
  if (!complete) printMessage(notComplete);
  if (items.length > 0)
    printMessage(
      `${summaryOf(errors, warnings)}. Keep them as a page with --html, or see which import found each with --json.`,
    );
};

/** An upload is judged by itself, an import by another client than the command line not at all. */
const notComplete =
  "Nobody has looked through all of it since it last changed: uploaded files are judged by themselves only. The next `rollerblade dataset import` that changes something does.";

const readFindings = async (server: Server, dataset: string, choice: FindingsChoice) => {
  const counts = { errors: 0, warnings: 0, complete: false };
  const { severity, rule } = choice;
  const filter = {
    ...(severity === undefined ? {} : { severity }),
    ...(rule === undefined ? {} : { rule }),
    ...(choice.import === undefined ? {} : { import: choice.import }),
  };
  const items = await readAll(async (after) => {
    const query = { limit: 1_000, ...filter, ...(after === undefined ? {} : { after }) };
    const page = await server.call(findingsRoutes.listFindings, { params: { dataset }, query });
    counts.errors = page.errors;
    counts.warnings = page.warnings;
    counts.complete = page.complete;
    return page;
  });
  return { items, ...counts };
};

const writePage = async (file: string, dataset: string, items: readonly KeptFinding[]): Promise<void> => {
  const errors = items.filter(({ severity }) => severity === "error").length;
  const head = { dataset, madeAt: new Date().toISOString(), errors, warnings: items.length - errors };
  await pipeline(Readable.from(findingsPage(head, items)), createWriteStream(file));
};

const showHistory = async (server: Server, dataset: string, { json }: Reading): Promise<void> => {
  const imports = await readAll((after) =>
    server.call(findingsRoutes.listFindingHistory, { params: { dataset }, query: { limit: 1_000, after } }),
  );
  if (json === true) return printJson(imports);
  printTable(
    ["import", "when", "by", "found", "fixed"],
    imports.map((one) => [one.import, formatTime(one.finishedAt), one.uploader, one.found, one.fixed]),
    "Nothing was imported into it.",
  );
};
