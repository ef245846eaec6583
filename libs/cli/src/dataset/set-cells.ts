import { setTimeout as sleep } from "node:timers/promises";
import { type Correction, catalogRoutes, correctionRoutes, readAll } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { formatTime, printJson, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { findAmong } from "../short-id.ts";

/** Options of `subject set`. */
export type SetOptions = Reading & {
  readonly age?: string;
  readonly sex?: string;
  readonly handedness?: string;
  readonly value?: readonly string[];
  readonly session?: string;
  readonly phenotype?: string;
  readonly was?: readonly string[];
  readonly addColumn?: boolean;
  readonly reason?: string;
};

/** Runs `subject set DATASET SUBJECT`, waits until the table is indexed anew, and names the undo of each correction. */
export const setCells = async (dataset: string, label: string, options: SetOptions): Promise<void> => {
  const { age, sex, handedness, session, phenotype, reason } = options;
  const named = Object.entries({ age, sex, handedness }).flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value] as const],
  );
  const values = Object.fromEntries([...named, ...(options.value ?? []).map(readAssignment)]);
  if (Object.keys(values).length === 0) throw nothingToSet();
  const server = await findServer();
  const body = {
    ...{ subject: withoutPrefix(label, "sub-"), values, addColumns: options.addColumn === true },
    ...(session === undefined ? {} : { session: withoutPrefix(session, "ses-") }),
    ...(phenotype === undefined ? {} : { phenotype: phenotype.replace(/^phenotype\//, "").replace(/\.tsv$/, "") }),
    ...(reason === undefined ? {} : { reason }),
    was: Object.fromEntries((options.was ?? []).map(readAssignment)),
  };
  const { items, table } = await server.call(correctionRoutes.correct, { params: { dataset }, body });
  await awaitTable(server, dataset, table);
  if (options.json === true) return printJson({ items, table });
  for (const one of items)
    printMessage(`${describe(one)} Undo it with \`rollerblade subject undo ${dataset} ${one.id}\`.`);
};

/** Runs `subject history DATASET [SUBJECT]`: what was set by hand, undone or not. */
export const showHistory = async (
  dataset: string,
  label: string | undefined,
  { json, limit }: Reading & { readonly limit: number },
): Promise<void> => {
  const server = await findServer();
  const subject = label === undefined ? undefined : withoutPrefix(label, "sub-");
  const items = await corrections(server, dataset, subject, limit);
  if (json === true) return printJson({ items });
  printTable(
    ["correction", "when", "by", "person", "column", "before", "after", "file", "reason", "state"],
    items.map((one) => [
      one.id,
      formatTime(one.at),
      one.author,
      personOf(one),
      one.column,
      one.before ?? "–",
      one.after,
      one.file,
      one.reason ?? "",
      one.undoOf !== null ? "an undo" : one.undoneBy !== null ? "undone" : "",
    ]),
    "Nothing was set by hand.",
  );
};

/** Runs `subject undo DATASET CORRECTION`: writes the value from before, which is a correction, too. */
export const undoCells = async (dataset: string, text: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const known = await corrections(server, dataset, undefined, 100_000);
  const kind = { name: "correction", next: `See them with \`rollerblade subject history ${dataset}\`.` };
  const named = known.map((one) => ({ id: one.id, what: describe(one) }));
  const correction = await findAmong(kind, text, named);
  const undo = await server.call(correctionRoutes.undoCorrection, { params: { dataset, correction } });
  if (json === true) printJson(undo);
  else printMessage(describe(undo));
};

const corrections = (
  server: Server,
  dataset: string,
  subject: string | undefined,
  limit: number,
): Promise<Correction[]> =>
  readAll(
    (after) =>
      server.call(correctionRoutes.listCorrections, {
        params: { dataset },
        query: { limit: Math.min(limit, 1_000), ...(subject === undefined ? {} : { subject }), after },
      }),
    limit,
  );

const withoutPrefix = (label: string, prefix: string): string =>
  label.startsWith(prefix) ? label.slice(prefix.length) : label;

const personOf = ({ subject, session }: Correction): string =>
  session === null ? `sub-${subject}` : `sub-${subject} ses-${session}`;

const describe = (one: Correction): string =>
  `${personOf(one)}: ${one.column} ${one.before ?? "n/a"} → ${one.after} in ${one.file}.`;

/** Milliseconds after which the catalog is no longer waited for; it follows later. */
const catalogTimeoutMs = 10_000;

/** Waits until queries answer by the new table. */
const awaitTable = async (
  server: Server,
  dataset: string,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
): Promise<void> => {
  const end = Date.now() + catalogTimeoutMs;
  for (let delayMs = 20; Date.now() < end; delayMs = Math.min(500, delayMs * 1.5)) {
    const file = await server.call(catalogRoutes.linkFile, { query: { dataset, path } });
    if (file.sha256 === sha256) return;
    await sleep(delayMs);
  }
  printMessage("The catalog has not read the table yet; queries follow soon.");
};

/** Reads `COLUMN=VALUE`. @throws Problem `invalid` */
const readAssignment = (text: string): readonly [string, string] => {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new Problem({
    code: "invalid",
    message: `"${text}" is not a column and its value.`,
    subject: text,
    next: "Write COLUMN=VALUE, like age=31.",
  });
};

const nothingToSet = (): Problem =>
  new Problem({
    code: "invalid",
    message: "No cell to set was named.",
    subject: "subject set",
    next: "Give --age, --sex, --handedness or --value COLUMN=VALUE.",
  });
