import { expect, test } from "vitest";
import { findDuplicateKeys } from "./duplicate-keys.ts";

test.for([
  ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}', []],
  ['{"RepetitionTime": 2, "EchoTime": 0.03, "RepetitionTime": 2.5}', ["RepetitionTime"]],
  ['{"a": {"x": 1, "y": {"x": 1}, "x": {"x": 2}}}', ["a.x"]],
  ['{"l": [{"k": "a,b:{\\"k\\":1}", "k": []}]}', ["l.k"]],
  ['{"a": 1, "\\u0061": 2}', ["a"]],
  ['{"a": "a", "b": "a"}', []],
  ['{"a": 1, "a": 2, "a": 3}', ["a"]],
  ["[]", []],
] as const)("%s", ([json, expected]) => {
  expect(findDuplicateKeys(json)).toEqual(expected);
});

test("names no more keys than are asked for", () => {
  const json = `{${["a", "a", "b", "b", "c", "c"].map((key) => `"${key}": 1`).join(",")}}`;
  expect(findDuplicateKeys(json, 2)).toEqual(["a", "b"]);
});
