import type { BidsName } from "./bids-name.ts";
import type { Classified } from "./classify.ts";
import { extraEntities, goesWith, roleOf } from "./companions.ts";
import { compareBytes } from "./compare-bytes.ts";

/**
 * A file of a scan, and what it is to it: `image` for the data file, `image/<path inside>` in a folder that counts as
 * one file.
 */
export type ScanFile = { readonly path: string; readonly role: string };

/** One acquisition: its data file's name and all files that carry the same entities. */
export type ScanGroup = { readonly name: BidsName; readonly files: readonly ScanFile[] };

/**
 * Files sorted into scans, and what is left: companions and sidecars that speak of several scans, tables, documents.
 */
export type Grouped = {
  /** In bytewise order of the data files' paths. */
  readonly scans: readonly ScanGroup[];
  readonly shared: readonly Extract<Classified, { class: "companion" | "metadata" }>[];
};

/**
 * Sorts classified files into scans. A companion belongs to the scan beside it that has the same entities (`recording`
 * and the like aside); one that fits several or none by that measure is shared, and reaches its scans by inheritance.
 */
export const groupScans = (files: Iterable<Classified>): Grouped => {
  const scans = new Map<string, { name: BidsName; files: ScanFile[] }>();
  const companions: Extract<Classified, { class: "companion" }>[] = [];
  const shared: Extract<Classified, { class: "companion" | "metadata" }>[] = [];
  for (const file of files) {
    if (file.class === "metadata") shared.push(file);
    else if (file.class === "companion") companions.push(file);
    else if (file.class === "data") addImage(scans, file);
  }
  const byStem = Map.groupBy([...scans.values()].sort(byPath), ({ name }) => stemOf(name, []));
  for (const companion of companions) {
    const beside = byStem.get(stemOf(companion.name, extraEntities(companion.name))) ?? [];
    const owner = beside.find(({ name }) => goesWith(companion.name.suffix, name));
    if (owner === undefined) shared.push(companion);
    else owner.files.push({ path: companion.path, role: roleOf(companion.name, owner.name) });
  }
  for (const scan of scans.values()) scan.files.sort((a, b) => compareBytes(a.path, b.path));
  return { scans: [...scans.values()].sort(byPath), shared };
};

const addImage = (
  scans: Map<string, { name: BidsName; files: ScanFile[] }>,
  file: Extract<Classified, { class: "data" }>,
): void => {
  const { name, inside } = file;
  const scan = scans.get(name.path) ?? { name, files: [] };
  scans.set(name.path, scan);
  scan.files.push(
    inside === null ? { path: name.path, role: "image" } : { path: `${name.path}/${inside}`, role: `image/${inside}` },
  );
};

const byPath = (a: { name: BidsName }, b: { name: BidsName }): number => compareBytes(a.name.path, b.name.path);

const stemOf = ({ path, entities }: BidsName, without: readonly string[]): string => {
  const kept = Object.entries(entities).filter(([key]) => !without.includes(key));
  return `${path.slice(0, path.lastIndexOf("/"))}/${kept.map((entity) => entity.join("-")).join("_")}`;
};
