import { expect, test } from "vitest";
import { requireScans } from "./require-scans.ts";

const linkOut = { where: "sub-01", message: "is a link that leads out of the dataset" };
const summaryWith = (added: number, unchanged = 0) => ({
  files: { added: 2, changed: 0, removed: 0, unchanged: 0 },
  scans: { added, changed: 0, removed: 0, unchanged },
  ...{ skipped: {}, gone: [], added: [], changed: [], kept: 0, keptPaths: [] },
});

test("an import that left out the folders of all subjects is no success", () => {
  const status = { dataset: "ds1", findings: [linkOut], summary: summaryWith(0) };
  expect(() => requireScans(status)).toThrow(
    "No scan of ds1 was imported: 1 path of subjects left out, such as sub-01.",
  );
});

test.for([
  ["scans came", [linkOut], summaryWith(1)],
  ["scans are there as before", [linkOut], summaryWith(0, 1)],
  ["there were only tables", [{ where: "notes.json", message: "is not JSON" }], summaryWith(0)],
  ["there was nothing to find fault with", [], summaryWith(0)],
] as const)("it is one where %s", ([, findings, summary]) => {
  expect(() => requireScans({ dataset: "ds1", findings: [...findings], summary })).not.toThrow();
});
