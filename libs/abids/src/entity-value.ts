import { entityRule } from "./schema.ts";

/**
 * Whether the value that a name has of an entity is the one that is asked for. Indices such as `run` are numbers (BIDS,
 * "Entities"), so that `1` asks for `run-1` and `run-01`; labels are texts. `key`: the short key of an entity.
 */
export const isEntityValue = (key: string, asked: string, written: string | undefined): boolean => {
  if (asked === written) return true;
  const isIndex = written !== undefined && entityRule(key)?.format === "index" && /^[0-9]+$/.test(written);
  return isIndex && /^[0-9]+$/.test(asked) && withoutZeros(asked) === withoutZeros(written);
};

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=.)/, "");
