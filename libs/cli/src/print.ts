import Table from "cli-table3";
import { escapeControls } from "./terminal/escape-controls.ts";
import { write, writeJson } from "./terminal/write.ts";

/** Options that every command which reads has. */
export type Reading = { readonly json?: boolean };

/** Writes one JSON document to standard output. */
export const printJson = (value: unknown): void => {
  writeJson("stdout", `${JSON.stringify(value, null, 2)}\n`);
};

/** Writes one JSON document a line, for what has no end. */
export const printJsonLine = (value: unknown): void => {
  writeJson("stdout", `${JSON.stringify(value)}\n`);
};

/** Writes text to standard output. */
export const printText = (text: string): void => {
  write("stdout", `${text}\n`);
};

/** A cell; null and undefined are shown as a dash. */
export type Cell = string | number | boolean | null | undefined;

/** Writes a table without frames, so that it can be cut and pasted; writes `nothing` when there are no rows. */
export const printTable = (head: readonly string[], rows: readonly (readonly Cell[])[], nothing = "Nothing."): void => {
  if (rows.length === 0) {
    write("stderr", `${nothing}\n`);
    return;
  }
  const table = new Table({ head: head.map((name) => name.toUpperCase()), chars: noFrame, style: plain });
  for (const row of rows) table.push(row.map(cellText));
  printText(
    table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n"),
  );
};

/** Cells hold names and values of other people. */
const cellText = (cell: Cell): string =>
  cell === null || cell === undefined || cell === "" ? "–" : escapeControls(String(cell));

const plain = { head: [], border: [], "padding-left": 0, "padding-right": 2 };

const noFrame = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "" },
  ...{ "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "" },
};

/** Bytes as a person reads them: `1.5 MB`. */
export const formatBytes = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
};

/** A time in the local zone, to the second; a dash where there is none. */
export const formatTime = (time: string | Date | null | undefined): string => {
  if (time === null || time === undefined) return "–";
  const date = new Date(time);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
};
