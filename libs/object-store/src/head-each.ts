import pLimit from "p-limit";
import type { ObjectHead, ObjectStore } from "./object-store.ts";

/** Objects that are looked at at once. */
const concurrency = 32;

/** Looks at objects one by one. */
export const headEach = async (
  head: ObjectStore["head"],
  keys: readonly string[],
): Promise<ReadonlyMap<string, ObjectHead>> => {
  const limit = pLimit(concurrency);
  const heads = await Promise.all(keys.map((key) => limit(async () => [key, await head(key)] as const)));
  return new Map(heads.flatMap(([key, found]) => (found === null ? [] : [[key, found]])));
};
