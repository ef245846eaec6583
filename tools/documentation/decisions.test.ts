import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { pages, repository } from "./pages.ts";

const files = pages.map(({ file }) => file).filter((file) => /^docs\/adr\/\d{4}-/.test(file));
const textOf = (file: string): string => readFileSync(join(repository, file), "utf8");

/** A status may go on, for instance with the part that another decision has replaced. */
const head =
  /^# ADR (\d{4}): (.+)\n\n\*\*Status\.\*\* (Proposed|Accepted|Superseded by \[ADR)([\s\S]*?)\.\s\*\*Date\.\*\* (\d{4}-\d{2}-\d{2})\.\n/;

const rows = textOf("docs/adr/index.md").split("\n");

test.each(files)("%s has a number, a status and a date, and stands in the index", (file) => {
  const [, number, title, status, rest = "", date] = head.exec(textOf(file)) ?? [];
  expect(number).toBe(basename(file).slice(0, 4));
  const row = rows.find((one) => one.startsWith(`| [${Number(number)}](${basename(file)}) | ${title} |`)) ?? "";
  expect(row.endsWith(` | ${date} |`)).toBe(true);
  expect(row.includes("superseded by")).toBe(`${status}${rest}`.toLowerCase().includes("superseded by"));
});
