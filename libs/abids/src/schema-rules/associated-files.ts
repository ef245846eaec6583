import type { BidsName } from "../bids-name.ts";
import { folderOf } from "../folder-of.ts";
import type { AssociationRule } from "../schema/reduce-rules.ts";

/** Files of the folders from the root to where a walk is, by what they may be associated by. */
export type AssociatedFiles = {
  readonly add: (name: BidsName) => void;
  /** Forgets the files of one folder. */
  readonly forget: (folder: string) => void;
  /** Files of the nearest level that go with a data file, the most specific one first. */
  readonly find: (data: BidsName, rule: AssociationRule) => readonly BidsName[];
};

/** An index that grows and shrinks with a walk. */
export const growAssociatedFiles = (): AssociatedFiles => {
  const folders = new Map<string, Map<string, BidsName[]>>();
  const find = (data: BidsName, rule: AssociationRule): readonly BidsName[] => {
    for (
      let folder: string | null = folderOf(data.path);
      folder !== null;
      folder = rule.inherit ? above(folder) : null
    ) {
      const files = folders.get(folder);
      const found = rule.extensions
        .flatMap((extension) => files?.get((rule.suffix ?? data.suffix) + extension) ?? [])
        .filter((file) => file.path !== data.path && isFor(file, data, rule.extra));
      if (found.length > 0) return found.sort((a, b) => countOf(b) - countOf(a));
    }
    return [];
  };
  return {
    add: (name) => {
      const folder = folderOf(name.path);
      const files = folders.get(folder) ?? new Map<string, BidsName[]>();
      folders.set(folder, files);
      const same = files.get(name.suffix + name.extension);
      if (same === undefined) files.set(name.suffix + name.extension, [name]);
      else same.push(name);
    },
    forget: (folder) => void folders.delete(folder),
    find,
  };
};

const isFor = (file: BidsName, data: BidsName, extra: readonly string[]): boolean => {
  for (const key in file.entities)
    if (file.entities[key] !== data.entities[key] && !(extra.includes(key) && data.entities[key] === undefined))
      return false;
  return true;
};

const countOf = ({ entities }: BidsName): number => Object.keys(entities).length;
const above = (folder: string): string | null => (folder === "" ? null : folderOf(folder));
