import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareWithPybids } from "./compare-with-pybids.ts";
import { compareWithValidator } from "./compare-with-validator.ts";
import { linesOf } from "./dataset-lines.ts";
import { datasetNames, examplesFolder, expectedFolder, readExpectation } from "./expectations.ts";
import { misnamed, writeMisnamed } from "./misnamed.ts";
import { askValidator, isInstalled } from "./peers.ts";

const datasets = datasetNames();

describe.skipIf(datasets.length === 0).each(datasets.length === 0 ? ["no examples"] : datasets)("%s", (name) => {
  const expectation = readExpectation(join(expectedFolder, `${name}.json`));

  test.skipIf(expectation === null)(
    "PyBIDS sees the same entities and metadata, or is wrong by the specification",
    () => {
      const folder = join(examplesFolder, name);
      const { differences } = compareWithPybids(folder, linesOf(folder), expectation ?? new Map());
      expect(differences.filter(({ reason }) => reason === null)).toEqual([]);
    },
  );
});

test("every name that the schema allows is allowed", () => {
  const folder = mkdtempSync(join(tmpdir(), "rollerblade-names-"));
  try {
    const names = [...misnamed()]
      .filter(([, way]) => way === "as it is" || way === "all entities")
      .map(([name]) => name);
    writeMisnamed(folder, names);
    expect([...linesOf(folder).values()].filter((line) => line.class === "invalid")).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// Elsewhere `npm run conformance` installs it.
test.skipIf(!isInstalled("validator") && process.env.CI !== "true")(
  "the official validator refuses the same names, or is wrong by the specification",
  {
    timeout: 600_000,
  },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "rollerblade-names-"));
    try {
      writeMisnamed(folder, misnamed().keys());
      const { differences } = compareWithValidator(linesOf(folder), askValidator(folder));
      expect(differences.filter(({ reason }) => reason === null)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
