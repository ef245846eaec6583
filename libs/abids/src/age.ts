import type { ColumnMeaning } from "./data-dictionary.ts";
import type { Json, JsonObject } from "./json.ts";

/** An age in years, or null where it is unknown; `fault` explains why something that is written is unknown. */
export type Age = { readonly years: number | null; readonly fault: string | null };

/** Years of 365.25 days. */
const perYear = { year: 1, month: 12, week: 365.25 / 7, day: 365.25 } as const;

type Unit = keyof typeof perYear;

/** Spellings of units in data dictionaries and cells: words, abbreviations, UCUM and CMIXF (`a`, `mo`, `wk`, `d`). */
const spellings: Readonly<Record<Unit, readonly string[]>> = {
  year: ["year", "years", "yr", "yrs", "y", "yo", "a", "annum", "an", "ans", "jahr", "jahre"],
  month: ["month", "months", "mo", "mos", "mon", "mth", "mths", "m", "mois", "monat", "monate"],
  week: ["week", "weeks", "wk", "wks", "w", "woche", "wochen"],
  day: ["day", "days", "d", "dy", "tag", "tage", "jour", "jours"],
};

const unitOfWord = new Map<string, Unit>();
for (const unit of ["year", "month", "week", "day"] as const)
  for (const spelling of spellings[unit]) unitOfWord.set(spelling, unit);

/** Words beside a unit that leave it what it is: `age in years`, `months old`, `yr(s)`. */
const fillers: ReadonlySet<string> = new Set([
  "age",
  "in",
  "of",
  "old",
  "s",
  "unit",
  "units",
  "since",
  "birth",
  "postnatal",
  "decimal",
  "completed",
  "rounded",
]);

/** What is counted from conception is not an age since birth. */
const fromConception = /gestation|menstrual|conception|corrected|\b(pma|ga|pcw|gw|ca)\b/i;

/** What counts groups of years, or parts of one, and not years: `groups of 5 years`, `10-year bins`, `tenths of a year`. */
const groupsOrParts =
  /\b(groups?|bins?|bands?|brackets?|intervals?|steps?|units?|multiples?) of \d|\d[- ]?(year|month|week|day)s?[- ](groups?|bins?|bands?|brackets?|intervals?|categories)\b|\b(tenths?|hundredths?|quarters?|halves|half|fractions?)[- ]((of )?an? )?(year|month|week|day)s?\b|\bdecades?\b/i;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}]+/gu) ?? [];

/**
 * The unit that a text names, and nothing else: `months`, `Age in years`. Null where it names none, more, or a multiple or part of one:
 * `0.1 years`, `1/12 year`.
 */
const unitOf = (text: string): Unit | null => {
  if (/\p{N}/u.test(text)) return null;
  const words = wordsOf(text).filter((word) => !fillers.has(word));
  const units = new Set(words.map((word) => unitOfWord.get(word)));
  const [unit] = units;
  return units.size === 1 ? (unit ?? null) : null;
};

/** Units that prose names in full: single letters are not units there. */
const unitsInProse = (text: string): Unit[] => [
  ...new Set(
    wordsOf(text).flatMap((word) => {
      const unit = word.length > 2 ? unitOfWord.get(word) : undefined;
      return unit === undefined ? [] : [unit];
    }),
  ),
];

type Scale = { readonly unit: Unit } | { readonly fault: string };

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));

/** The unit of a column of ages. BIDS counts ages in years where a data dictionary does not say otherwise. */
const scaleOf = (meaning: ColumnMeaning | undefined): Scale => {
  const units = meaning?.units?.trim() ?? "";
  const description = meaning?.description ?? "";
  if (fromConception.test(units)) return { fault: `${quoted(units)} is not a unit of ages since birth` };
  if (units !== "" && units.toLowerCase() !== "n/a") {
    const unit = unitOf(units);
    return unit === null ? { fault: `${quoted(units)} is not a unit of ages that Rollerblade knows` } : { unit };
  }
  const named = unitsInProse(description);
  if (named.length > 0 && fromConception.test(description))
    return { fault: `its description, ${quoted(description)}, does not count from birth` };
  if (named.length > 0 && groupsOrParts.test(description))
    return { fault: `its description, ${quoted(description)}, counts groups or parts of a unit` };
  const [only] = named;
  if (named.length > 1) return { fault: `its description, ${quoted(description)}, names several units` };
  return { unit: only ?? "year" };
};

/** `89+`, `>89`, `> 89`, `>=89`, `89 +`, `89 or older`: an age that is only known to be above a bound, as privacy asks for. */
const bounded = /^(?:>=?\s*|≥\s*)?(\d{1,5}(?:\.\d+)?)(?:\s*\+|\s+or (?:older|above|over))?$/;

/** `18 months`, `018M` (as DICOM writes ages), `6 weeks`, `25y`. */
const withUnit = /^(\d{1,5}(?:\.\d+)?)\s*(\p{L}[\p{L}\s().]*)$/u;

/** Nobody whose scans are known was older (the oldest person lived for 122 years); beyond it a number is a code, or of another unit. */
const maxYears = 130;

const years = (amount: number, unit: Unit): Age => {
  const value = amount / perYear[unit];
  if (value >= 0 && value <= maxYears) return { years: value, fault: null };
  return { years: null, fault: `${amount} ${unit}s is not the age of a person` };
};

/** What a level of a categorical column says of an age: `89 or older`, `18-25 years`, `not recorded`. */
const ageOfLevel = (text: string, scale: Scale): Age | null => {
  const [, bound] = bounded.exec(text.replace(/\b(years?|age|aged)\b/gi, "").trim()) ?? [];
  return bound === undefined || "fault" in scale ? null : years(Number(bound), scale.unit);
};

/**
 * Reads a cell of a column `age` by the definition of the column: in years, whatever its unit is. What cannot be told for
 * sure is unknown: a unit that is none of time since birth, a code that `Levels` explains as something else, a text.
 */
export const readAge = (written: Json | undefined, meaning?: ColumnMeaning): Age => {
  if (written === undefined || written === null) return { years: null, fault: null };
  if (typeof written !== "number" && typeof written !== "string")
    return { years: null, fault: `${quoted(JSON.stringify(written))} is not an age` };
  const text = String(written).trim();
  const scale = scaleOf(meaning);
  const level = meaning?.levels.get(text);
  if (level !== undefined) {
    const age = ageOfLevel(level, scale);
    return age ?? { years: null, fault: `${quoted(text)} is a code; its level is ${quoted(level)}` };
  }
  const [, amount, word = ""] = withUnit.exec(text) ?? [];
  const own = amount === undefined || /^or\b/.test(word) ? null : unitOf(word);
  if (own !== null) return years(Number(amount), own);
  if ("fault" in scale) return { years: null, fault: scale.fault };
  if (typeof written === "number") return years(written, scale.unit);
  const [, bound] = bounded.exec(text) ?? [];
  return bound === undefined
    ? { years: null, fault: `${quoted(text)} is not a number` }
    : years(Number(bound), scale.unit);
};

/** A cell of a column `age`, or why an age cannot be written there. */
export type WrittenAge = { readonly ok: true; readonly cell: string } | { readonly ok: false; readonly reason: string };

/**
 * Writes an age in the unit of its column: `31 years` as 372 where the column counts months. A bare number is taken for
 * years only where the column counts years, since anything else would be a guess.
 */
export const writeAge = (text: string, meaning?: ColumnMeaning): WrittenAge => {
  if (text === "n/a" || meaning?.levels.has(text) === true) return { ok: true, cell: text };
  const scale = scaleOf(meaning);
  if ("fault" in scale) return { ok: false, reason: scale.fault };
  const [, amount, word = ""] = withUnit.exec(text) ?? [];
  const own = amount === undefined || /^or\b/.test(word) ? null : unitOf(word);
  const age = readAge(text, own === null ? meaning : undefined);
  if (age.fault !== null) return { ok: false, reason: age.fault };
  if (own !== null) return { ok: true, cell: String(Number(((age.years ?? 0) * perYear[scale.unit]).toFixed(4))) };
  if (scale.unit === "year") return { ok: true, cell: text };
  const reason = `${quoted(text)} has no unit, and the column counts ${scale.unit}s; write "${text} years" or "${text} ${scale.unit}s"`;
  return { ok: false, reason };
};

/**
 * A row of a table with its column `age` in years, read by the definition of the column. What stood there is kept as
 * `age_as_written` where that is something else; an age that is unknown is null.
 */
export const withAgeInYears = (row: JsonObject, meaning?: ColumnMeaning): { row: JsonObject; fault: string | null } => {
  const written = row.age_as_written ?? row.age;
  if (written === undefined || written === null) return { row, fault: null };
  const age = readAge(written, meaning);
  if (age.years === row.age) return { row, fault: age.fault };
  const { age: _, age_as_written: __, ...others } = row;
  return {
    row: age.years === written ? { ...others, age: age.years } : { ...others, age: age.years, age_as_written: written },
    fault: age.fault,
  };
};
