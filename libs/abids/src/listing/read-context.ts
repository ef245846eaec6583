import type { DatasetContext } from "../classify.ts";
import { readJsonObject } from "../read-json.ts";
import { contextOf } from "./dataset-context.ts";

/**
 * What the names of a dataset are judged by, from its own files; `read` gives the text of a small one, or null without
 * it.
 */
export const readContext = async (read: (path: string) => Promise<string | null>): Promise<DatasetContext> => {
  const description = (await read("dataset_description.json")) ?? "";
  return contextOf(readJsonObject("", description).value ?? null, (await read(".bidsignore")) ?? "");
};
