import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareWithPybids } from "./compare-with-pybids.ts";
import { linesOf } from "./dataset-lines.ts";
import { datasetNames, examplesFolder, expectedFolder, readExpectation } from "./expectations.ts";

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
