import { expect, test } from "vitest";
import { linesOf, maxLines } from "./log-matches.ts";

test("lines have their numbers, and a search keeps those with the text in any case", () => {
  const log = "Reading\nWARNING: no sform\nwarning: small\ndone";
  expect(linesOf(log, "").lines.map(({ number, text }) => `${number} ${text}`)).toEqual([
    ...["1 Reading", "2 WARNING: no sform", "3 warning: small", "4 done"],
  ]);
  expect(linesOf(log, "Warning")).toMatchObject({ matches: 2, lines: [{ number: 2 }, { number: 3 }] });
  expect(linesOf(log, "absent")).toEqual({ lines: [], matches: 0 });
});

test("of a long log the last lines are drawn", () => {
  const log = Array.from({ length: maxLines + 10 }, (_, at) => `line ${at + 1}`).join("\n");
  const { lines } = linesOf(log, "");
  expect([lines.length, lines[0]?.text]).toEqual([maxLines, "line 11"]);
});
