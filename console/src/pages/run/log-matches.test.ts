import { expect, test } from "vitest";
import { linesOf, maxLines, plainText } from "./log-matches.ts";

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

test.each([
  ["\u001b[31mred\u001b[0m and \u001b[1;4mbold\u001b[m", "red and bold"],
  ["\u001b]0;a title\u0007text", "text"],
  ["\u001b]8;;https://evil.example\u001b\\a link\u001b]8;;\u001b\\", "a link"],
  ["10 %\r50 %\r100 %\ndone", "100 %\ndone"],
  ["one\r\ntwo\r\n", "one\ntwo\n"],
  ["bell\u0007 back\u0008space \u0000 \u009b31m", "bell backspace  31m"],
  ["a\tb", "a\tb"],
])("what a terminal would obey is no part of a log: %j", (log, shown) => {
  expect(plainText(log)).toBe(shown);
});
