import type { Finding } from "@rollerblade/errors";
import type { BidsName } from "./bids-name.ts";
import { companionSuffixes, extraEntities, roleOf } from "./companions.ts";
import { compareBytes } from "./compare-bytes.ts";
import { folderOf } from "./folder-of.ts";
import type { ScanFile } from "./group-scans.ts";
import { inheritable } from "./name-rules.ts";

/** What a data file inherits. */
export type Inherited = {
  /** Paths of its JSON sidecars from the top of the dataset downwards, in the order in which they are merged. */
  readonly sidecars: readonly string[];
  /** The nearest file of each role: `json`, `bval`, `events.tsv` …; in byte order of path. */
  readonly companions: readonly ScanFile[];
  /** Levels that hold more than one file of a kind for it, which BIDS forbids; the most specific one counts most. */
  readonly findings: readonly Finding[];
};

/** Finds what each of many data files inherits without comparing every pair. */
export type InheritanceIndex = {
  readonly of: (data: BidsName) => Inherited;
  /** JSON sidecars alone, which is all that metadata need: for any file, from the top of the dataset downwards. */
  readonly sidecarsOf: (data: BidsName) => Pick<Inherited, "sidecars" | "findings">;
};

/** An index that follows a walk: what a folder holds is added on the way in and forgotten on the way out. */
export type GrowingInheritance = InheritanceIndex & {
  readonly add: (candidate: BidsName) => void;
  /** Forgets the candidates of one folder (`sub-01/anat`, empty for the root). */
  readonly forget: (folder: string) => void;
};

/**
 * The inheritance principle of BIDS 1.11 over all companions and sidecars of a dataset: a file holds for data in its
 * own folder and below, of the same suffix (or one that it is associated with), that has all of its entities with equal
 * values. JSON is merged downwards; of everything else the nearest counts.
 */
export const indexInheritance = (candidates: Iterable<BidsName>): InheritanceIndex => {
  const index = growInheritance();
  for (const candidate of candidates) index.add(candidate);
  return index;
};

/** The same for candidates that come and go, so that the index of a walk stays as small as the path to where it is. */
export const growInheritance = (): GrowingInheritance => {
  const folders = new Map<string, FolderIndex>();
  const add = (candidate: BidsName): void => {
    const folder = folderOf(candidate.path);
    const index = folders.get(folder) ?? new Map();
    folders.set(folder, index);
    insert(index, candidate);
  };
  return {
    add,
    forget: (folder) => void folders.delete(folder),
    of: (data) => inherit(folders, data),
    sidecarsOf: (data) => inheritSidecars(folders, data),
  };
};

/** What one data file inherits from these candidates. */
export const sidecarsFor = (data: BidsName, candidates: Iterable<BidsName>): Inherited =>
  indexInheritance(candidates).of(data);

/**
 * By suffix, then by the set of entity keys, then by their values: a look-up per set instead of a comparison per file.
 */
type FolderIndex = Map<string, Map<string, KeySet>>;
type KeySet = { readonly keys: readonly string[]; readonly byValues: Map<string, BidsName[]> };

const insert = (index: FolderIndex, candidate: BidsName): void => {
  const extra = extraEntities(candidate);
  const all = Object.keys(candidate.entities);
  const keys = extra.length === 0 ? all : all.filter((key) => !extra.includes(key));
  const sets = index.get(candidate.suffix) ?? new Map<string, KeySet>();
  index.set(candidate.suffix, sets);
  const kind = keys.join();
  const set = sets.get(kind) ?? { keys, byValues: new Map<string, BidsName[]>() };
  sets.set(kind, set);
  const values = valuesOf(candidate, keys);
  const same = set.byValues.get(values);
  if (same === undefined) set.byValues.set(values, [candidate]);
  else same.push(candidate);
};

const inherit = (folders: ReadonlyMap<string, FolderIndex>, data: BidsName): Inherited => {
  const sidecars: string[] = [];
  const nearest = new Map<string, string>();
  const findings: Finding[] = [];
  const own = folderOf(data.path);
  for (const folder of levelsOf(own)) {
    const index = folders.get(folder);
    if (index === undefined) continue;
    const byRole = Map.groupBy(applicable(index, data, folder === own), (candidate) => roleOf(candidate, data));
    for (const [role, candidates] of byRole) {
      candidates.sort(bySpecificity);
      if (role === "json") sidecars.push(...candidates.map(({ path }) => path));
      nearest.set(role, candidates.at(-1)?.path ?? "");
      if (candidates.length > 1) findings.push(several(data, candidates));
    }
  }
  const companions = [...nearest].map(([role, path]) => ({ role, path })).sort((a, b) => compareBytes(a.path, b.path));
  return { sidecars, companions, findings };
};

const inheritSidecars = (
  folders: ReadonlyMap<string, FolderIndex>,
  data: BidsName,
): Pick<Inherited, "sidecars" | "findings"> => {
  const sidecars: string[] = [];
  const findings: Finding[] = [];
  const own = folderOf(data.path);
  for (const folder of levelsOf(own)) {
    const index = folders.get(folder);
    if (!index?.has(data.suffix)) continue;
    const found = sidecarsIn(index, data);
    if (found.length > 1) findings.push(several(data, found.sort(bySpecificity)));
    for (const { path } of found) sidecars.push(path);
  }
  return { sidecars, findings };
};

const sidecarsIn = (index: FolderIndex, data: BidsName): BidsName[] => {
  const found: BidsName[] = [];
  for (const { keys, byValues } of index.get(data.suffix)?.values() ?? []) {
    for (const candidate of byValues.get(valuesOf(data, keys)) ?? [])
      if (isJson(candidate) && candidate.path !== data.path && speaksOf(candidate, data)) found.push(candidate);
  }
  return found;
};

/**
 * Of its own suffix a sidecar has no entity that is missing in the name of the data, not even those that set a
 * companion apart.
 */
const speaksOf = (candidate: BidsName, data: BidsName): boolean => {
  for (const key in candidate.entities) if (candidate.entities[key] !== data.entities[key]) return false;
  return true;
};

const isJson = ({ extension }: BidsName): boolean => extension === ".json";

const applicable = (index: FolderIndex, data: BidsName, isOwnFolder: boolean): BidsName[] => {
  const found: BidsName[] = [];
  for (const suffix of companionSuffixes(data)) {
    for (const { keys, byValues } of index.get(suffix)?.values() ?? []) {
      if (!keys.every((key) => key in data.entities)) continue;
      for (const candidate of byValues.get(valuesOf(data, keys)) ?? []) {
        if (candidate.path !== data.path && (isOwnFolder || isInherited(candidate))) found.push(candidate);
      }
    }
  }
  return found;
};

/** Time courses belong to the recording beside them (`inherit: false` in the schema's associations). */
const isInherited = (candidate: BidsName): boolean =>
  inheritable.has(candidate.extension) && candidate.extension !== ".tsv.gz";

const several = (data: BidsName, candidates: readonly BidsName[]): Finding => ({
  where: data.path,
  message: `inherits from several files of one level: ${candidates.map(({ path }) => path).join(", ")}`,
});

const bySpecificity = (a: BidsName, b: BidsName): number =>
  Object.keys(a.entities).length - Object.keys(b.entities).length || compareBytes(a.path, b.path);

const valuesOf = ({ entities }: BidsName, keys: readonly string[]): string => {
  let values = "";
  for (const key of keys) values += `${entities[key]}/`;
  return values;
};

/** The root, then each folder on the way down to this one. */
const levelsOf = (folder: string): readonly string[] => {
  // Files come folder by folder.
  if (lastLevels.at(-1) !== folder) lastLevels = listLevels(folder);
  return lastLevels;
};

let lastLevels: readonly string[] = [""];

const listLevels = (folder: string): string[] => {
  const levels = [""];
  if (folder === "") return levels;
  for (let slash = folder.indexOf("/"); slash >= 0; slash = folder.indexOf("/", slash + 1))
    levels.push(folder.slice(0, slash));
  return [...levels, folder];
};
