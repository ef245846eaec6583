import type { Cell } from "../print.ts";

/**
 * Text as a field of CSV (RFC 4180). A text that spreadsheets would take for a formula stands behind an apostrophe, as they
 * write it themselves: names come from datasets of anybody.
 */
export const csvField = (cell: Cell): string => {
  const written = cell === null || cell === undefined ? "" : String(cell);
  const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(written) ? `'${written}` : written;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
