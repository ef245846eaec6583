import type { Client } from "minio";
import pLimit from "p-limit";
import { headEach } from "../head-each.ts";
import type { ObjectHead, ObjectStore } from "../object-store.ts";
import { listBucket } from "./list-bucket.ts";

/** From so many objects below one folder on, a list is cheaper than a look at each. */
const worthListing = 50;

/** So many looks for objects are worth a list of their own. */
const worthSplitting = 250;

/** Listed objects for each wanted one at most: beyond that they lie too far apart. */
const maxBetween = 5;

/** Parts of a key that make the folder in which objects are looked for together: `datasets/<dataset>/derivatives/<folder>/`. */
const folderDepth = 4;

/** Lists at once. */
const concurrency = 4;

/** What is known of many objects; most of it from lists, a thousand at a time. What a list does not tell is looked at by itself. */
export const headMany = async (
  { client, bucket, head }: { readonly client: Client; readonly bucket: string; readonly head: ObjectStore["head"] },
  keys: readonly string[],
): Promise<ReadonlyMap<string, ObjectHead>> => {
  const limit = pLimit(concurrency);
  const parts = [...Map.groupBy(keys, folderOf).values()].flatMap((inside) =>
    inside.length < worthListing ? [] : splitByPrefix(inside.sort()),
  );
  const lists = await Promise.all(parts.map((part) => limit(() => listPart(client, bucket, part))));
  const listed = new Map(lists.flatMap((list) => [...list]));
  const rest = await headEach(
    head,
    keys.filter((key) => !listed.has(key)),
  );
  return new Map([...listed, ...rest]);
};

/** Keys that are looked for in one list. */
type Part = { readonly prefix: string; readonly sorted: readonly string[] };

/**
 * Parts of sorted keys with one prefix each, as long as each part is worth a list: no server has to look through what lies between
 * them, and several are asked at once.
 */
export const splitByPrefix = (sorted: readonly string[]): Part[] => {
  const [first = "", last = ""] = [sorted[0], sorted.at(-1)];
  let end = 0;
  while (end < first.length && first[end] === last[end]) end += 1;
  const parts = [...Map.groupBy(sorted, (key) => key[end] ?? "").values()];
  if (parts.length === 1 || parts.some((part) => part.length < worthSplitting))
    return [{ prefix: first.slice(0, end), sorted }];
  return parts.flatMap(splitByPrefix);
};

const folderOf = (key: string): string => `${key.split("/").slice(0, folderDepth).join("/")}/`;

const listPart = async (client: Client, bucket: string, { prefix, sorted }: Part): Promise<Map<string, ObjectHead>> => {
  const [wanted, found] = [new Set(sorted), new Map<string, ObjectHead>()];
  const [first = "", last = ""] = [sorted[0], sorted.at(-1)];
  let passed = 0;
  for await (const page of listBucket(client, bucket, prefix, { after: first.slice(0, -1) })) {
    for (const { key, size, modified } of page)
      if (wanted.has(key) && modified !== undefined) found.set(key, { size, modified: inSeconds(modified) });
    passed += page.length;
    if ((page.at(-1)?.key ?? last) >= last || passed > maxBetween * sorted.length) break;
  }
  return found;
};

/** The header of a single look has no more. */
export const inSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);
