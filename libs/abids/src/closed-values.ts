import { didYouMean } from "./nearest-names.ts";
import { datatypes, entityRule, nameRules, suffixes } from "./schema.ts";

const known: Readonly<Record<string, ReadonlySet<string>>> = {
  suffix: new Set(suffixes),
  datatype: datatypes,
  extension: new Set(nameRules.flatMap((rule) => rule.extensions)),
};

const knownOf = (key: string): ReadonlySet<string> | undefined => {
  if (Object.hasOwn(known, key)) return known[key];
  const values = entityRule(key)?.values ?? [];
  return values.length === 0 ? undefined : new Set(values);
};

/**
 * Explains why no scan can have a value, with the nearest one that BIDS has; undefined where it can. `key`: `suffix`,
 * `datatype`, `extension` or the key of an entity.
 */
export const faultOfScanValue = (key: string, value: string): string | undefined => {
  if (entityRule(key)?.format === "index" && !/^[0-9]+$/.test(value)) return `"${value}" is not a number, as ${key} is`;
  const values = knownOf(key);
  if (values === undefined || values.has(value)) return undefined;
  return `BIDS has no ${key} "${value}"${didYouMean(value, values)}`;
};
