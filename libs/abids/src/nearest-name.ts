import type { NameParts } from "./bids-name.ts";
import { writeName } from "./bids-name.ts";
import { editsBetween } from "./nearest-names.ts";
import { datatypes, entityKeys, entityRule, entityRules, rulesOfSuffix, suffixes } from "./schema.ts";

/**
 * The name that somebody probably meant, as a path, or null where nothing is near: keys spelled out or misspelled,
 * entities in the wrong order, characters that a label cannot hold, a suffix in the wrong case, the wrong folder. It is
 * a guess; the caller checks that it is valid.
 */
export const nearestName = (path: string): string | null => {
  const folders = path.split("/");
  const file = folders.pop() ?? "";
  const dot = file.indexOf(".");
  const words = (dot < 0 ? file : file.slice(0, dot)).split("_").filter(Boolean);
  const suffix = nearest((words.pop() ?? "").replaceAll(/[^0-9A-Za-z]/g, ""), suffixes);
  const entities: Record<string, string> = {};
  for (const word of [...folders, ...words]) readWord(word, entities);
  if (suffix === null || entities.sub === undefined) return null;
  const datatype = datatypeOf(suffix, folders);
  const parts: NameParts = { entities, suffix, extension: dot < 0 ? "" : file.slice(dot), datatype };
  return withoutThrow(parts);
};

const readWord = (word: string, entities: Record<string, string>): void => {
  const dash = word.indexOf("-");
  if (dash <= 0) return;
  const key = keyOf(word.slice(0, dash));
  if (key === null || key in entities) return;
  const value = word.slice(dash + 1).replaceAll(/[^0-9A-Za-z+]/g, "");
  const isIndex = entityRule(key)?.format === "index";
  if (value !== "" && (!isIndex || /^[0-9]+$/.test(value))) entities[key] = value;
};

const keyOf = (word: string): string | null => {
  const lower = word.toLowerCase();
  if (entityKeys.includes(lower)) return lower;
  const long = nearest(
    lower,
    entityRules.map(({ name }) => name),
  );
  return entityRules.find(({ name }) => name === long)?.key ?? nearest(lower, entityKeys);
};

const datatypeOf = (suffix: string, folders: readonly string[]): string | null => {
  const allowed = rulesOfSuffix(suffix).flatMap((rule) => rule.datatypes);
  const stated = folders.find((folder) => datatypes.has(folder));
  return stated !== undefined && allowed.includes(stated) ? stated : (allowed[0] ?? null);
};

const withoutThrow = (parts: NameParts): string | null => {
  try {
    return writeName(parts);
  } catch {
    return null;
  }
};

/**
 * The candidate at the smallest distance, when that is small for the word's length; the case of letters counts half.
 */
const nearest = (word: string, candidates: readonly string[]): string | null => {
  let [best, least]: [string | null, number] = [null, Math.min(2.5, word.length / 2)];
  for (const candidate of candidates) {
    const away = candidate === word ? 0 : editsBetween(word, candidate) + 0.5;
    if (away < least) [best, least] = [candidate, away];
  }
  return best;
};
