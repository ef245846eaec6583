import { expect, test } from "vitest";
import { readDataDictionary } from "./data-dictionary.ts";

test("a data dictionary gives units and levels of columns", () => {
  const { columns, findings } = readDataDictionary(
    "participants.json",
    JSON.stringify({
      MeasurementToolMetadata: { Description: "a tool" },
      age: { LongName: "Age", Units: "year" },
      sex: { Description: "as stated", Levels: { F: "female", M: { Description: "male" }, x: 1 } },
      broken: 3,
    }),
  );
  expect(findings).toEqual([]);
  expect([...columns.keys()]).toEqual(["age", "sex"]);
  expect(columns.get("age")).toEqual({ description: "Age", units: "year", levels: new Map() });
  expect([...(columns.get("sex")?.levels ?? [])]).toEqual([
    ["F", "female"],
    ["M", "male"],
  ]);
});

test("a data dictionary that is not JSON is a finding", () => {
  expect(readDataDictionary("participants.json", "{").findings).toHaveLength(1);
});
