import { expect, test } from "vitest";
import { readGradients, shellsOf } from "./gradients.ts";
import { column, countsOf, readTable } from "./table.ts";

test("a table of BIDS has its columns by name, whatever ends its lines", () => {
  const table = readTable("\uFEFFname\ttype\r\nFp1\tEEG\r\nHEO\tEOG\r\nFp2\tEEG\r\n");
  expect(column(table, "type")).toEqual(["EEG", "EOG", "EEG"]);
  expect(column(table, "status")).toEqual([]);
  expect(countsOf(column(table, "type"))).toEqual([
    ["EEG", 2],
    ["EOG", 1],
  ]);
});

test("directions of nearly one b-value are one shell", () => {
  const gradients = readGradients("0 995 1005 2000\n", "0 1 0 0\n0 0 1 0\n0 0 0 1\n");
  expect(gradients[1]).toEqual({ strength: 995, x: 1, y: 0, z: 0 });
  expect(shellsOf(gradients)).toEqual([
    { strength: 0, directions: 1 },
    { strength: 1000, directions: 2 },
    { strength: 2000, directions: 1 },
  ]);
});

test("without a bvec the b-values stay", () => {
  expect(readGradients(" 0  700 ", "")).toEqual([
    { strength: 0, x: 0, y: 0, z: 0 },
    { strength: 700, x: 0, y: 0, z: 0 },
  ]);
});
