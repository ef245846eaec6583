import { expect, test } from "vitest";
import { plainName } from "./plain-name.ts";

test.each([
  ["Mein Projekt (äöü)", "mein-projekt-aou"],
  ["  Study_1.2 ", "study-1-2"],
  ["Straße", "strasse"],
  ["日本", ""],
  [`${"a".repeat(39)}-b`, "a".repeat(39)],
])("%j becomes %j", (text, name) => {
  expect(plainName(text)).toBe(name);
});
