import type { JsonObject } from "./json.ts";
import type { DatasetType } from "./name-rules.ts";

/**
 * Returns whether a dataset holds raw data or derivatives, from its `dataset_description.json`; `null` stands for a
 * dataset without one. `DatasetType` is optional: without it, a dataset that names what generated it is a derivative
 * one, as the official validator infers (BIDS, dataset description: "if not set, interpreted as raw"; schema,
 * `context.dataset.dataset_description`).
 */
export const datasetTypeOf = (description: JsonObject | null): DatasetType => {
  if (description === null) return "raw";
  if (description.DatasetType === undefined) return description.GeneratedBy === undefined ? "raw" : "derivative";
  return description.DatasetType === "derivative" ? "derivative" : "raw";
};
