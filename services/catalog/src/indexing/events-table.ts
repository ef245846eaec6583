import { type Json, type JsonObject, readTsv } from "@rollerblade/abids";
import type { FileRecord } from "./file-record.ts";
import { storable } from "./storable.ts";

/** Bytes of a table of events that is read: about a thousand events. */
const maxBytes = 2 ** 16;

/** Whether a file is a table of events (BIDS, "Task events"), and small enough to be kept. */
export const isEvents = ({ kind, path, size }: FileRecord): boolean =>
  (kind === "companion" || kind === "sidecar") && path.endsWith("events.tsv") && size <= maxBytes;

/**
 * Reads the columns of a table of events as lists in the order of its rows, without the cells that are unknown: `events.trial_type`.
 * Null where it is no table.
 */
export const readEvents = (path: string, bytes: Uint8Array): JsonObject | null => {
  const { columns, rows } = readTsv(path, bytes);
  if (columns.length === 0) return null;
  const lists = columns.map((column): [string, Json[]] => [
    column,
    rows.flatMap(({ [column]: cell }) => (cell === undefined || cell === null ? [] : [cell])),
  ]);
  return storable({ events: Object.fromEntries(lists) });
};
