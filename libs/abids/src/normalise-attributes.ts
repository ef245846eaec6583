import type { Json, JsonObject } from "./json.ts";

/**
 * A row about a person, with what people write in many ways written in one: `sex` as `M`, `F` or `O`, and an age that
 * is only known to be above a bound (`89+`, `>89`, as privacy asks for) as that bound, a number. What stood there is
 * kept beside it, as `sex_as_written` and `age_as_written`, where that is something else.
 */
export const normaliseAttributes = (row: JsonObject): JsonObject => {
  const changes = new Map<string, Json>();
  for (const [key, normalise] of normalised) {
    const written = row[key];
    const value = typeof written === "string" ? normalise(written) : null;
    if (written === undefined || value === null || value === written) continue;
    changes.set(key, value);
    if (row[`${key}_as_written`] === undefined) changes.set(`${key}_as_written`, written);
  }
  return changes.size === 0 ? row : { ...row, ...Object.fromEntries(changes) };
};

/** The fifteen spellings that BIDS lists (Modality agnostic files, Participants file). */
const sexOf = (written: string): Json => {
  const text = written.trim();
  if (["male", "m", "M", "MALE", "Male"].includes(text)) return "M";
  if (["female", "f", "F", "FEMALE", "Female"].includes(text)) return "F";
  return ["other", "o", "O", "OTHER", "Other"].includes(text) ? "O" : null;
};

/** `89+`, `>89`, `> 89`, `>=89`, `89 +` and `89 or older`; in years. */
const ageOf = (written: string): Json => {
  const [, bound] =
    /^(?:>=?\s*|≥\s*)?(\d{1,3}(?:\.\d+)?)(?:\s*\+|\s+or (?:older|above|over))?$/.exec(written.trim()) ?? [];
  return bound === undefined ? null : Number(bound);
};

const normalised: readonly (readonly [string, (written: string) => Json])[] = [
  ["sex", sexOf],
  ["age", ageOf],
];
