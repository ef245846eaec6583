import { expect, test } from "vitest";
import { bytes, count, plural } from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_500, "1.5 kB"],
  [120_000_000, "120 MB"],
  [3.2e15, "3.2 PB"],
  [9e18, "9000 PB"],
])("%d bytes are %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

test("numbers have their thousands apart, and nouns the form that their number asks for", () => {
  expect([count(1_234_567), plural(1, "scan"), plural(2, "scan"), plural(0, "analysis", "analyses")]).toEqual([
    "1,234,567",
    "1 scan",
    "2 scans",
    "0 analyses",
  ]);
});
