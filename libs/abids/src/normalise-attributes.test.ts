import { describe, expect, test } from "vitest";
import { readParticipants } from "./attributes.ts";
import { normaliseAttributes } from "./normalise-attributes.ts";

describe("attributes of people are written in one way", () => {
  test.each([
    ...["male", "m", "M", "MALE", "Male"].map((written) => [written, "M"]),
    ...["female", "f", "F", "FEMALE", "Female"].map((written) => [written, "F"]),
    ...["other", "o", "O", "OTHER", "Other"].map((written) => [written, "O"]),
  ])("sex %s is %s", (written, sex) => {
    expect(normaliseAttributes({ sex: written })).toEqual({
      sex,
      ...(written !== sex && { sex_as_written: written }),
    });
  });

  test.each([
    ["89+", 89],
    [">89", 89],
    ["> 89", 89],
    [">=90", 90],
    ["89 or older", 89],
  ])("an age of %s is a number, and what was written is kept", (age, years) => {
    expect(normaliseAttributes({ age })).toEqual({ age: years, age_as_written: age });
  });

  test.each([[{ age: 24.5, sex: "F" }], [{ age: "24-30", sex: "unknown" }], [{ age: null, sex: null }], [{}]])(
    "%j stays as it is",
    (row) => expect(normaliseAttributes(row)).toEqual(row),
  );

  test("a column of that name is not overwritten", () => {
    expect(normaliseAttributes({ sex: "male", sex_as_written: "x" })).toEqual({ sex: "M", sex_as_written: "x" });
  });

  test("participants.tsv is read that way", () => {
    const { byLabel } = readParticipants("participants.tsv", "participant_id\tage\tsex\nsub-01\t89+\tfemale\n");
    expect(byLabel.get("01")).toEqual({ age: 89, age_as_written: "89+", sex: "F", sex_as_written: "female" });
  });
});
