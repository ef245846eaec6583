import { expect, test } from "vitest";
import { formatBytes, parseDuration, parseQuantity } from "./quantity.ts";

test.each([
  ["2Gi", 2147483648],
  ["512Mi", 536870912],
  ["1.5Gi", 1610612736],
  ["1G", 1e9],
  ["500m", 0.5],
  ["2", 2],
  ["1e3", 1000],
  ["", undefined],
  ["2 Gi", undefined],
  ["-1", undefined],
  ["2GB", undefined],
])("the quantity %j is %j", (text, expected) => {
  expect(parseQuantity(text)).toBe(expected);
});

test.each([
  ["90s", 90],
  ["30m", 1800],
  ["1h30m", 5400],
  ["250ms", 0.25],
  ["30", undefined],
  ["soon", undefined],
])("the duration %j is %j seconds", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  [2147483648, "2Gi"],
  [1610612736, "1536Mi"],
  [1000, "1000"],
])("%i bytes are %s", (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected);
});
