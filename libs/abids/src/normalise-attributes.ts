import { readAge } from "./age.ts";
import type { Json, JsonObject } from "./json.ts";

/**
 * A row about a person, with what people write in many ways written in one: `sex` as `M`, `F` or `O`, and an age with
 * a unit (`18 months`) or only known to be above a bound (`89+`, `>89`, as privacy asks for) as a number of years. What
 * stood there is kept beside it, as `sex_as_written` and `age_as_written`, where that is something else.
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

/** `M`, `F` or `O` for the fifteen spellings that BIDS lists (Modality agnostic files, Participants file), else null. */
export const sexOf = (written: string): "M" | "F" | "O" | null => {
  const text = written.trim();
  if (["male", "m", "M", "MALE", "Male"].includes(text)) return "M";
  if (["female", "f", "F", "FEMALE", "Female"].includes(text)) return "F";
  return ["other", "o", "O", "OTHER", "Other"].includes(text) ? "O" : null;
};

/** In years, as BIDS counts ages; a data dictionary that says otherwise is applied by `withAgeInYears`. */
const ageOf = (written: string): Json => readAge(written).years;

const normalised: readonly (readonly [string, (written: string) => Json])[] = [
  ["sex", sexOf],
  ["age", ageOf],
];
