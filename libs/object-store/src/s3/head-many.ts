import type { Client } from "minio";
import { headEach } from "../head-each.ts";
import type { ObjectHead, ObjectStore } from "../object-store.ts";
import { listBucket } from "./list-bucket.ts";

/** From so many objects below one folder on, a list is cheaper than a look at each. */
const worthListing = 50;

/** Listed objects for each wanted one at most: beyond that they lie too far apart. */
const mostBetween = 5;

/** Parts of a key that make the folder in which objects are looked for together: `datasets/<dataset>/derivatives/<folder>/`. */
const folderDepth = 4;

/** What is known of many objects; most of it from lists, a thousand at a time. What a list does not tell is looked at by itself. */
export const headMany = async (
  { client, bucket, head }: { readonly client: Client; readonly bucket: string; readonly head: ObjectStore["head"] },
  keys: readonly string[],
): Promise<ReadonlyMap<string, ObjectHead>> => {
  const listed = new Map<string, ObjectHead>();
  for (const [folder, inside] of byFolder(keys)) {
    if (inside.length < worthListing) continue;
    for (const [key, found] of await listRange(client, bucket, folder, inside.sort())) listed.set(key, found);
  }
  const rest = await headEach(
    head,
    keys.filter((key) => !listed.has(key)),
  );
  return new Map([...listed, ...rest]);
};

const byFolder = (keys: readonly string[]): Map<string, string[]> => {
  const folders = new Map<string, string[]>();
  for (const key of keys) {
    const folder = `${key.split("/").slice(0, folderDepth).join("/")}/`;
    const inside = folders.get(folder);
    if (inside === undefined) folders.set(folder, [key]);
    else inside.push(key);
  }
  return folders;
};

const listRange = async (
  client: Client,
  bucket: string,
  folder: string,
  sorted: readonly string[],
): Promise<ReadonlyMap<string, ObjectHead>> => {
  const [wanted, found] = [new Set(sorted), new Map<string, ObjectHead>()];
  const [first = "", last = ""] = [sorted[0], sorted.at(-1)];
  let passed = 0;
  for await (const page of listBucket(client, bucket, folder, { after: first.slice(0, -1) })) {
    for (const { key, size, modified } of page)
      if (wanted.has(key) && modified !== undefined) found.set(key, { size, modified: inSeconds(modified) });
    passed += page.length;
    if ((page.at(-1)?.key ?? last) >= last || passed > mostBetween * sorted.length) break;
  }
  return found;
};

/** The header of a single look has no more. */
const inSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);
