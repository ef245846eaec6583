import { readBidsIgnore } from "../bids-ignore.ts";
import type { DatasetContext } from "../classify.ts";
import { datasetTypeOf } from "../dataset-type.ts";
import type { JsonObject } from "../json.ts";

/** What the names of a dataset are judged by: its description, null where it has none that can be read, and the text of its `.bidsignore`. */
export const contextOf = (description: JsonObject | null, ignore: string): DatasetContext => ({
  type: datasetTypeOf(description),
  ignore: readBidsIgnore(ignore),
});
