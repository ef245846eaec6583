import { bidsVersion, datasetTypeOf, type JsonObject } from "@rollerblade/abids";

/** What a part of a dataset was taken from, and how. */
export type Origin = {
  readonly dataset: string;
  /** Where the whole dataset is found. */
  readonly url: string;
  /** When the dataset last changed, ISO 8601. */
  readonly version: string;
  /** What was asked for, in words. */
  readonly asked: string;
};

/**
 * `dataset_description.json` of a part of a dataset: as it was, with what it is a part of (`SourceDatasets`) and what cut it
 * (`GeneratedBy`; BIDS 1.11, dataset description). The DOI is the whole dataset's, so it moves to the source. `DatasetType` is always
 * written: without it, `GeneratedBy` would turn a part of a raw dataset into a derivative for every validator.
 */
export const subsetDescription = (whole: JsonObject | null, { dataset, url, version, asked }: Origin): JsonObject => {
  const { DatasetDOI, GeneratedBy, SourceDatasets, ...rest } = whole ?? plainDescription(dataset);
  const source = { URL: url, Version: version, ...(typeof DatasetDOI === "string" ? { DOI: DatasetDOI } : {}) };
  const generator = { Name: "Rollerblade", Description: `Part of the dataset ${dataset}: ${asked}` };
  return {
    ...rest,
    DatasetType: whole?.DatasetType ?? datasetTypeOf(whole),
    GeneratedBy: [...listOf(GeneratedBy), generator],
    SourceDatasets: [...listOf(SourceDatasets), source],
  };
};

/** The least that BIDS requires, for a dataset that nobody described. */
export const plainDescription = (dataset: string): JsonObject => ({
  Name: dataset,
  BIDSVersion: bidsVersion.bids,
  DatasetType: "raw",
});

const listOf = (value: JsonObject[string] | undefined): JsonObject[string][] =>
  Array.isArray(value) ? [...value] : [];
