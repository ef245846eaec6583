import { expect, test } from "vitest";
import { shownFields } from "./list-fields.ts";

const fields = [
  { name: "dataset.name", count: null },
  { name: "scan.entities.ce", count: null },
  { name: "scan.entities.run", count: 4 },
];

test("entities that no scan has are listed where a prefix asks for them", () => {
  expect(shownFields(fields, "").map(({ name }) => name)).toEqual(["dataset.name", "scan.entities.run"]);
  expect(shownFields(fields, "scan.entities.")).toEqual(fields);
});
