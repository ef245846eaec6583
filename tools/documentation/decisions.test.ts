import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { pages, repository } from "./pages.ts";

const files = pages.map(({ file }) => file).filter((file) => /^docs\/adr\/\d{4}-/.test(file));
const textOf = (file: string): string => readFileSync(join(repository, file), "utf8");

const head =
  /^# ADR (\d{4}): (.+)\n\n\*\*Status\.\*\* (Accepted|Proposed|Superseded by \[ADR \d+\]\([\w.-]+\))\. \*\*Date\.\*\* (\d{4}-\d{2}-\d{2})\.\n/;

test.each(files)("%s has a number, a status and a date, and stands in the index", (file) => {
  const [, number = "", title = "", status = "", date = ""] = head.exec(textOf(file)) ?? [];
  expect({ number, date }).toEqual({ number: basename(file).slice(0, 4), date: expect.stringMatching(/^\d/) });
  const lower = status.slice(0, 1).toLowerCase() + status.slice(1);
  const row = `| [${Number(number)}](${basename(file)}) | ${title} | ${lower} | ${date} |`;
  expect(textOf("docs/adr/index.md")).toContain(row);
});
