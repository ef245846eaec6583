import type { Level } from "@rollerblade/abids/facts";
import { catalogRoutes, type DiffItem, type DiffReason } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";

/** Options of `query diff`. */
export type DiffOptions = Reading & { readonly level?: Level; readonly limit: number };

/** `query diff A B`: exit code 1 where the two differ. */
export const diffQueries = async (from: string, to: string, { level, limit, json }: DiffOptions): Promise<void> => {
  const server = await findServer();
  const ask = (after?: string) =>
    server.call(catalogRoutes.diffQueries, { body: { from, to, level, limit: Math.min(limit, 500), after } });
  const first = await ask();
  const items = [...first.items];
  for (let next = first.next; next !== null && items.length < limit; ) {
    const page = await ask(next);
    items.push(...page.items);
    next = page.next;
  }
  const { came, went, changed } = first;
  if (json === true) printJson({ from, to, level: first.level, came, went, changed, items });
  else {
    printTable(["", "slice", "why"], items.map(rowOf), "No difference.");
    if (items.length > 0) printMessage(`${came} added, ${went} removed, ${changed} changed.`);
  }
  if (came + went + changed > 0) process.exitCode = 1;
};

const signs = { came: "+", went: "-", changed: "~" } as const;

const rowOf = ({ slice, what, reasons }: DiffItem) => [
  signs[what],
  sliceName(slice),
  [...new Set(reasons.map(reasonText))].slice(0, 3).join("; "),
];

const shortText = (value: unknown): string => {
  const text = value === null ? "nothing" : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
};

const reasonText = ({ why, field, from, to }: DiffReason): string => {
  if (field !== null) return `${field}: ${shortText(from)} → ${shortText(to)}`;
  const texts = { new: "new", removed: "removed", changed: "changed", expression: "the conditions differ" };
  return why === "beside" ? "something beside it changed: another scan, or a derivative" : texts[why];
};
