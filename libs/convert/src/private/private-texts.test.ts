import { expect, test } from "vitest";
import { holdsPrivate, privateTexts } from "./private-texts.ts";

const texts = privateTexts(["Doe^Jane", "MRN-004711", "1", "Anonymous", "Li^Na", "Department"]);

test.each([
  ["a part of a name, as a word", "t1 for Jane", true],
  ["a part of a name in other letters", "T1_DOE", true],
  ["a part of a name within another word says nothing", "janeiro", false],
  ["a whole value anywhere", "xMRN-004711x", true],
  ["a value without its signs, as a label has it", "sub-MRN004711_T1w", true],
  ["a name as a label", "sub-DoeJane_T1w", true],
  ["short names count as words", "na", true],
  ["short names within words do not", "nasal", false],
  ["what is too short to mean anybody", "run-1", false],
  ["words that stand in places of names and say nothing", "Anonymous, Department", false],
])("%s", (_sentence, text, is) => {
  expect(holdsPrivate(texts, text)).toBe(is);
});

test("without private texts nothing is private", () => {
  expect(holdsPrivate(privateTexts([]), "Doe^Jane")).toBe(false);
});
