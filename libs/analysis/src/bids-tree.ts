import { bidsVersion, type JsonObject } from "@rollerblade/abids";

/** Files that make a staged tree a BIDS dataset; the same for every slice, so that they tell nothing about it. */
export const bidsTree: Readonly<Record<string, JsonObject>> = {
  "dataset_description.json": { Name: "slice", BIDSVersion: bidsVersion.bids, DatasetType: "raw" },
};
