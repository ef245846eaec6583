import { expect, test } from "vitest";
import { resultTable, splitColumns } from "./result-table.ts";

test.each([
  ["subject.age,subject.sex, metadata.RepetitionTime", ["subject.age", "subject.sex", "metadata.RepetitionTime"]],
  ['subject["a,b"],scan.suffix in ["x", "y"]', ['subject["a,b"]', 'scan.suffix in ["x", "y"]']],
  ['has.derivative(\'a\', "b,\\"c"),x', ['has.derivative(\'a\', "b,\\"c")', "x"]],
  [" , ", []],
])("the columns %s are %j", (text, columns) => {
  expect(splitColumns(text)).toEqual(columns);
});

test("a table names its items by their level, and shows the columns in their order", () => {
  const slice = { level: "session", dataset: "brains", subject: "01", session: null, scan: null } as const;
  const item = { slice, scans: 2, suffixes: ["T1w", "bold"], size: 7, age: 31, values: [31, ["F", "M"]] };
  expect(resultTable("session", [item], ["subject.age", "subject.sex"])).toEqual({
    head: ["dataset", "subject", "session", "subject.age", "subject.sex"],
    rows: [["brains", "01", null, 31, ["F", "M"]]],
  });
  expect(resultTable("session", [item], []).rows).toEqual([
    ["brains", "01", null, null, null, 2, "T1w bold", 7, 31, null],
  ]);
});
