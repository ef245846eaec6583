import { exampleMask, exampleScan } from "@rollerblade/abids/testing";
import { expect, test } from "vitest";
import { countMade } from "./subject-group.ts";

test("a group counts what was made of slices, and not the files of a tree", () => {
  const of = (subject: string, key: string) => ({ ...exampleMask(exampleScan(subject)), key });
  expect(countMade([of("01", "a"), of("01", "a"), of("01", "a"), of("02", "b")])).toBe(2);
  expect(countMade([of("01", "a"), of("01", "b")])).toBe(2);
  expect(countMade([])).toBe(0);
});
