import type { Level } from "@rollerblade/abids/facts";
import { catalogRoutes, type QueryPin, readAll, type SavedQuery } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes, formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { type SimpleConditions, withConditions } from "./simple-conditions.ts";

/** Options of `query save`. */
export type SaveOptions = Reading & SimpleConditions & { readonly level?: Level; readonly description?: string };

/** Runs `query save NAME EXPR`: the conditions of flags are saved as part of the expression. */
export const saveQuery = async (name: string, expression: string, options: SaveOptions): Promise<void> => {
  const server = await findServer();
  const { level = "scan", description = "" } = options;
  const body = { expression: withConditions(expression, options), level, description };
  const saved = await server.call(catalogRoutes.saveQuery, { params: { name }, body });
  if (options.json === true) return printJson(saved);
  printMessage(
    `Saved ${name}; run it with \`rollerblade query ${name}\`, keep its present result with \`rollerblade query pin ${name}\`.`,
  );
};

/** Runs `query list`: the saved queries that one may read. */
export const listQueries = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const saved = await readAll((after) =>
    server.call(catalogRoutes.listSavedQueries, { query: { limit: 1000, after } }),
  );
  if (json === true) return printJson(saved);
  printTable(["query", "owner", "level", "expression", "description"], saved.map(rowOf), "No saved queries yet.");
};

const rowOf = ({ name, owner, level, expression, description }: SavedQuery) => [
  ...[name, owner, level, expression === "" ? "everything" : expression, description],
];

/** Runs `query show NAME`: a saved query and its pins. */
export const showQuery = async (name: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const saved = await server.call(catalogRoutes.showSavedQuery, { params: { name } });
  const pins = await readAll((after) => server.call(catalogRoutes.listPins, { params: { name }, query: { after } }));
  if (json === true) return printJson({ ...saved, pins });
  printText(`${saved.name} of ${saved.owner}, by ${saved.level}: ${saved.expression}`);
  if (saved.description !== "") printText(saved.description);
  printTable(
    ["pin", "slices", "scans", "files", "size", "pinned"],
    pins.map(pinRow),
    `Nothing is pinned. Do so with \`rollerblade query pin ${name}\`.`,
  );
};

const pinRow = ({ query, pin, slices, scans, files, bytes, createdAt }: QueryPin) => [
  ...[`${query}@${pin}`, slices, scans, files, formatBytes(bytes), formatTime(createdAt)],
];

/** Runs `query delete NAME[@PIN]`: a saved query with all of its pins, or one pin. */
export const deleteQuery = async (reference: string): Promise<void> => {
  const server = await findServer();
  const [name = "", pin] = reference.split("@");
  if (pin === undefined) await server.call(catalogRoutes.deleteSavedQuery, { params: { name } });
  else await server.call(catalogRoutes.deletePin, { params: { name, pin } });
  printMessage(`${reference} is deleted.`);
};

/** Runs `query pin NAME`: keeps what the query finds at present. Without a name, the pin is called after the day in UTC. */
export const pinQuery = async (name: string, { json, as }: Reading & { readonly as?: string }): Promise<void> => {
  const server = await findServer();
  const pin = as ?? new Date().toISOString().slice(0, 10);
  const pinned = await server.call(catalogRoutes.pinQuery, { params: { name, pin } });
  if (json === true) return printJson(pinned);
  printMessage(
    `Pinned ${plural(pinned.slices, "slice")} with ${plural(pinned.files, "file")} (${formatBytes(pinned.bytes)}) as ${name}@${pin}.`,
  );
};
