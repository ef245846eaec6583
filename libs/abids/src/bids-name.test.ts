import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NameParts, parseName, writeName } from "./bids-name.ts";
import { datatypes, entityKeys, entityRule } from "./schema.ts";

const label = fc.stringMatching(/^[0-9A-Za-z+]{1,12}$/);
const index = fc.stringMatching(/^[0-9]{1,4}$/);

const labelOf = (key: string): fc.Arbitrary<string> => {
  const { format, values } = entityRule(key) ?? { format: "label", values: [] };
  if (values.length > 0) return fc.constantFrom(...values);
  return format === "index" ? index : label;
};

const entities = fc
  .record(Object.fromEntries(entityKeys.map((key) => [key, labelOf(key)])), { requiredKeys: ["sub"] })
  .map((values) =>
    Object.fromEntries(entityKeys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]]))),
  );

const parts: fc.Arbitrary<NameParts> = fc.record({
  entities,
  suffix: fc.stringMatching(/^[A-Za-z][0-9A-Za-z]{0,8}$/),
  extension: fc.constantFrom("", ".nii.gz", ".json", ".ds", ".tsv.gz"),
  datatype: fc.constantFrom(...datatypes, null),
});

describe("BIDS names", () => {
  test("what is written is read back equal, with the entities in their order", () => {
    fc.assert(
      fc.property(parts, (written) => {
        const parsed = parseName(writeName(written));
        expect(parsed.ok && parsed.name).toMatchObject(written);
        expect(parsed.ok && Object.keys(parsed.name.entities)).toEqual(Object.keys(written.entities));
        expect(parsed.ok && writeName(parsed.name)).toBe(writeName(written));
      }),
    );
  });

  test("there are 35 entities, the subject first and the description last", () => {
    expect([entityKeys.length, entityKeys[0], entityKeys.at(-1)]).toEqual([35, "sub", "desc"]);
  });

  test.each([
    ["sub-01/anat/sub-01_T1w.nii.gz", { sub: "01" }, "T1w", ".nii.gz", "anat"],
    [
      "sub-01/ses-a/func/sub-01_ses-a_task-x_run-02_bold.nii",
      { sub: "01", ses: "a", task: "x", run: "02" },
      "bold",
      ".nii",
      "func",
    ],
    ["task-rest_bold.json", { task: "rest" }, "bold", ".json", null],
    ["sub-01/sub-01_sessions.tsv", { sub: "01" }, "sessions", ".tsv", null],
    ["sub-01/meg/sub-01_task-x_meg.ds", { sub: "01", task: "x" }, "meg", ".ds", "meg"],
  ])("%s is read", (path, entities, suffix, extension, datatype) => {
    expect(parseName(path)).toMatchObject({ ok: true, name: { path, entities, suffix, extension, datatype } });
  });

  test.each([
    ["sub-01/anat/sub-02_T1w.nii.gz", "lies in sub-01, but its name does not contain sub-01"],
    ["sub-01/ses-1/anat/sub-01_T1w.nii.gz", "lies in ses-1, but its name does not contain ses-1"],
    ["anat/sub-01_T1w.nii.gz", "sub-01 does not lie in a folder sub-01"],
    ["sub-01/anat/sub-01_run-1_acq-x_T1w.nii.gz", "acq-x stands too late"],
    ["sub-01/anat/sub-01_run-1_run-2_T1w.nii.gz", "the entity run appears twice"],
    ["sub-01/anat/sub-01_run-a_T1w.nii.gz", "run-a is not a number"],
    ["sub-01/anat/sub-01_acq-a.b_T1w.nii.gz", "a suffix such as T1w is expected"],
    ["sub-01/anat/sub-01_acq-ä_T1w.nii.gz", "holds other characters than letters"],
    ["sub-01/anat/sub-01_color-red_T1w.nii.gz", '"color" is not an entity of BIDS'],
    ["sub-01/anat/sub-01___proto__-x_T1w.nii.gz", "is not an entity"],
    ["sub-01/anatomy/sub-01_T1w.nii.gz", "not a datatype of BIDS"],
    ["", "a suffix such as T1w is expected"],
  ])("%s is refused", (path, message) => {
    const parsed = parseName(path);
    expect(parsed.ok ? [] : parsed.findings.map((finding) => finding.message).join("; ")).toContain(message);
  });

  test("a label that no name can hold is not written", () => {
    expect(() => writeName({ entities: { sub: "../x" }, suffix: "T1w", extension: ".nii", datatype: "anat" })).toThrow(
      "Not a BIDS name",
    );
  });
});
