import { describe, expect, test } from "vitest";
import { readAge, withAgeInYears, writeAge } from "./age.ts";
import { columnMeanings } from "./data-dictionary.ts";
import type { Json, JsonObject } from "./json.ts";

const meaning = (definition: JsonObject) => columnMeanings({ age: definition }).get("age");

describe("an age is in years, whatever the unit of its column", () => {
  const units: [string, Json, number][] = [
    ["months", 18, 1.5],
    ["month", "18", 1.5],
    ["Months of age", 18, 1.5],
    ["mo", 6, 0.5],
    ["mos.", 6, 0.5],
    ["weeks", 365.25, 7],
    ["wk", 365.25, 7],
    ["days", 730.5, 2],
    ["d", 730.5, 2],
    ["years", 18, 18],
    ["yrs", 18, 18],
    ["a", 18, 18],
    ["Age in years", 18, 18],
    ["year(s)", 18, 18],
    ["n/a", 18, 18],
    ["", 18, 18],
  ];
  test.each(units)("%j of %j is %d years", (written, age, years) =>
    expect(readAge(age, meaning({ Units: written }))).toEqual({ years, fault: null }),
  );

  const described: [JsonObject, number][] = [
    [{ Description: "Age at scan in months" }, 2],
    [{ LongName: "Age (months)" }, 2],
    [{ Description: "Age of the participant" }, 24],
    [{ Description: "Age in years of all groups, top-coded at 89 years" }, 24],
    [{ Description: "Age", Units: "decimal years" }, 24],
    [{ Description: "A participant's age at day one of the study", Units: "years" }, 24],
  ];
  test.each(described)("%j of 24 is %d years", (definition, years) =>
    expect(readAge(24, meaning(definition)).years).toBe(years),
  );

  const cells: [string, number][] = [
    ["018M", 1.5],
    ["025Y", 25],
    ["18 months", 1.5],
    ["25 years old", 25],
    ["89+", 89],
    ["> 89", 89],
  ];
  test.each(cells)("a cell %j is %d years", (cell, years) => expect(readAge(cell).years).toBe(years));

  test("a cell's own unit counts more than its column's", () =>
    expect(readAge("2 years", meaning({ Units: "months" })).years).toBe(2));

  test("a bound is in the unit of its column", () =>
    expect(readAge("24+", meaning({ Units: "months" })).years).toBe(2));

  test("a level of a bound is that bound", () =>
    expect(readAge("90", meaning({ Levels: { 90: "89 or older" } })).years).toBe(89));
});

describe("what cannot be told for sure is unknown, with a reason", () => {
  const unclear: [Json, JsonObject, RegExp][] = [
    [40, { Units: "weeks PMA" }, /weeks PMA.*since birth/],
    [40, { Units: "gestational weeks" }, /since birth/],
    [40, { Description: "Postmenstrual age in weeks" }, /does not count from birth/],
    [3, { Units: "SD" }, /"SD" is not a unit/],
    [240, { Units: "0.1 years" }, /"0.1 years" is not a unit/],
    [288, { Units: "1/12 year" }, /not a unit/],
    [5, { Description: "Age in groups of 5 years" }, /groups or parts/],
    [5, { Description: "Age (10-year bins)" }, /groups or parts/],
    [240, { Description: "age in tenths of a year" }, /groups or parts/],
    [3, { Units: "years or months" }, /not a unit/],
    [3, { Description: "age in years and months" }, /several units/],
    [1, { Levels: { 1: "18-25 years", 2: "26-35 years" } }, /"1" is a code.*18-25 years/],
    ["24-30", {}, /"24-30" is not a number/],
    [540, {}, /540 years is not the age of a person/],
    [-999, {}, /-999 years/],
    [true, {}, /is not an age/],
  ];
  test.each(unclear)("%j of %j", (age, definition, reason) => {
    const read = readAge(age, meaning(definition));
    expect(read.years).toBeNull();
    expect(read.fault).toMatch(reason);
  });

  test("n/a is unknown, and no fault", () => expect(readAge(null)).toEqual({ years: null, fault: null }));
});

describe("rows", () => {
  const months = meaning({ Units: "months" });

  test("keep what was written beside the years", () => {
    expect(withAgeInYears({ age: 18, sex: "F" }, months).row).toEqual({ age: 1.5, age_as_written: 18, sex: "F" });
    expect(withAgeInYears({ age: 18 }, undefined).row).toEqual({ age: 18 });
    expect(withAgeInYears({ age: "24-30" }).row).toEqual({ age: null, age_as_written: "24-30" });
    expect(withAgeInYears({ sex: "F" }, months).row).toEqual({ sex: "F" });
  });

  test("can be read again, by the same or another dictionary", () => {
    const once = withAgeInYears({ age: 18 }, months).row;
    expect(withAgeInYears(once, months).row).toEqual(once);
    expect(withAgeInYears(once, undefined).row).toEqual({ age: 18 });
    expect(withAgeInYears(once, meaning({ Units: "SD" })).row).toEqual({ age: null, age_as_written: 18 });
  });
});

describe("an age is written in the unit of its column", () => {
  test.each([
    ["31", undefined, "31"],
    ["31 years", undefined, "31"],
    ["372 months", "years", "31"],
    ["31 years", "months", "372"],
    ["18 mo", "y", "1.5"],
    ["89+", undefined, "89+"],
    ["n/a", "months", "n/a"],
  ])("%s in %s is %s", (text, units, cell) => {
    expect(writeAge(text, units === undefined ? undefined : meaning({ Units: units }))).toEqual({ ok: true, cell });
  });

  test.each([
    ["31", "months", '"31" has no unit, and the column counts months; write "31 years" or "31 months"'],
    ["thirty", "years", '"thirty" is not a number'],
    ["31 parsecs", "years", '"31 parsecs" is not a number'],
    ["310", "years", "310 years is not the age of a person"],
    ["31", "gestational weeks", '"gestational weeks" is not a unit of ages since birth'],
  ])("%s in %s is refused", (text, units, reason) => {
    expect(writeAge(text, meaning({ Units: units }))).toEqual({ ok: false, reason });
  });
});
