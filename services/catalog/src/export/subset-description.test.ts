import { expect, test } from "vitest";
import { subsetDescription } from "./subset-description.ts";

const origin = {
  dataset: "brains",
  url: "http://host/v1/datasets/brains",
  version: "2026-01-01T00:00:00.000Z",
  asked: "scans",
};
const generator = { Name: "Rollerblade", Description: "Part of the dataset brains: scans" };
const source = { URL: origin.url, Version: origin.version };

test("a part says what it is a part of, and keeps what was said", () => {
  const whole = {
    Name: "Brains",
    BIDSVersion: "1.8.0",
    GeneratedBy: [{ Name: "dcm2bids" }],
    SourceDatasets: [{ URL: "x" }],
  };
  expect(subsetDescription(whole, origin)).toEqual({
    Name: "Brains",
    BIDSVersion: "1.8.0",
    DatasetType: "derivative",
    GeneratedBy: [{ Name: "dcm2bids" }, generator],
    SourceDatasets: [{ URL: "x" }, source],
  });
});

test("the DOI of the whole is the source's, not the part's", () => {
  expect(subsetDescription({ Name: "B", BIDSVersion: "1.8.0", DatasetDOI: "doi:10.1/2" }, origin)).toEqual({
    Name: "B",
    BIDSVersion: "1.8.0",
    DatasetType: "raw",
    GeneratedBy: [generator],
    SourceDatasets: [{ ...source, DOI: "doi:10.1/2" }],
  });
});

test("a dataset that nobody described gets what BIDS requires, and nonsense is replaced", () => {
  expect(subsetDescription(null, origin)).toMatchObject({
    Name: "brains",
    DatasetType: "raw",
    SourceDatasets: [source],
  });
  expect(subsetDescription({ Name: "B", GeneratedBy: "me" }, origin).GeneratedBy).toEqual([generator]);
});
