import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { parquetOf } from "./parquet.ts";

test("a Parquet file has the type of each column, nulls for what is unknown, and JSON for lists", async () => {
  const head = ["subject", "subject.age", 'has.derivative("mask")', "metadata.SliceTiming", "mixed", "nothing"];
  const bytes = parquetOf({
    head,
    rows: [
      ["01", 31.5, true, [0, 0.5], "89+", null],
      ["Ünï", null, null, null, 20, null],
    ],
  });
  const file = Uint8Array.from(bytes).buffer;
  expect(await parquetReadObjects({ file })).toEqual([
    Object.fromEntries(head.map((name, index) => [name, ["01", 31.5, true, "[0,0.5]", "89+", null][index]])),
    Object.fromEntries(head.map((name, index) => [name, ["Ünï", null, null, null, "20", null][index]])),
  ]);
  expect(await parquetReadObjects({ file: Uint8Array.from(parquetOf({ head, rows: [] })).buffer })).toEqual([]);
});
