import { expect, test } from "vitest";
import { readRange } from "./byte-range.ts";

test.each([
  [undefined, { kind: "whole" }],
  ["bytes=0-0", { kind: "part", start: 0, end: 0 }],
  ["bytes=2-5", { kind: "part", start: 2, end: 5 }],
  ["bytes=2-", { kind: "part", start: 2, end: 9 }],
  ["bytes=2-99", { kind: "part", start: 2, end: 9 }],
  ["bytes=-3", { kind: "part", start: 7, end: 9 }],
  ["bytes=-99", { kind: "part", start: 0, end: 9 }],
  ["bytes=10-", { kind: "outside" }],
  ["bytes=10-12", { kind: "outside" }],
  ["bytes=-0", { kind: "outside" }],
  ["bytes=5-2", { kind: "whole" }],
  ["bytes=0-1,4-5", { kind: "whole" }],
  ["bytes=-", { kind: "whole" }],
  ["lines=1-2", { kind: "whole" }],
])("of ten bytes, %j asks for %o", (header, expected) => {
  expect(readRange(header, 10)).toEqual(expected);
});

test("an empty object has no part", () => {
  expect(readRange("bytes=0-", 0)).toEqual({ kind: "outside" });
  expect(readRange("bytes=-5", 0)).toEqual({ kind: "outside" });
});
