import type { JsonObject } from "@rollerblade/abids";
import { describe, expect, test } from "vitest";
import { queryFields, standardFields } from "./check/fields.ts";
import { compileColumn, compileExpression } from "./expression.ts";
import type { QueryFacts } from "./facts.ts";

const facts: QueryFacts = {
  dataset: { name: "ds1" },
  subject: { label: "01", age: 23.5, sex: "F", score: "high", group: null, "handedness (L/R)": "R" },
  session: { label: null },
  scan: { suffix: "T1w", extension: ".nii.gz", entities: { sub: "01", run: "02" } },
  file: { size: 1024 },
  metadata: {
    RepetitionTime: 2,
    ImageType: ["ORIGINAL", "PRIMARY"],
    SliceTiming: [0, 0.5],
    Nested: { A: 1 },
    Fat: true,
  },
};

const verdict = (source: string) => compileExpression(source).evaluate(facts);

describe("an expression is true or false where its operands are known", () => {
  test.each([
    ["subject.age >= 20", true],
    ["subject.age >= 20.0", true],
    ["subject.age < 20", false],
    ["20 <= subject.age && subject.age <= 30", true],
    ['scan.suffix == "T1w"', true],
    ['scan.suffix in ["T2w", "bold"]', false],
    ['"PRIMARY" in metadata.ImageType', true],
    ['metadata.ImageType == ["ORIGINAL", "PRIMARY"]', true],
    ['metadata.ImageType.exists(kind, kind.startsWith("PRIM"))', true],
    ["metadata.SliceTiming.all(t, t < 0.5)", false],
    ["metadata.SliceTiming[1] == 0.5", true],
    ["metadata.Nested.A == 1", true],
    ['subject["handedness (L/R)"] == "R"', true],
    ["size(metadata.SliceTiming) == 2", true],
    ["size(scan.suffix) == 3", true],
    ["has(subject.group) || has(session.label)", false],
    ["subject.group == null", true],
    ["subject.age != null", true],
    ['scan.entities.run == "02"', true],
    ["scan.entities.run == 2", true],
    ["2 == scan.entities.run", true],
    ['scan.entities.run == "2"', false],
    ["scan.entities.run != 2", false],
    ["scan.entities.run < 2", false],
    ["scan.entities.run <= 2 && scan.entities.run >= 2", true],
    ['scan.entities.run < "03"', true],
    ["scan.entities.run in [1, 2]", true],
    ['scan.entities.run in ["2", "3"]', false],
    ['scan.entities.run in [1, "02"]', true],
    ["scan.entities.run + 1 == 3", true],
    ['"run-" + scan.entities.run == "run-02"', true],
    ['scan.entities.run.startsWith("0")', true],
    ["size(scan.entities.run) == 2", true],
    ["has(scan.entities.run)", true],
    ["scan.entities.run == null", false],
    ["scan.entities.run == metadata.RepetitionTime", true],
    ["(metadata.Fat ? scan.entities.run : 7) == 2", true],
    ['subject.sex == "female"', true],
    ['subject.sex in ["male", "f"]', true],
    ['subject.sex != "Female"', false],
    ['scan.extension.endsWith(".gz")', true],
    ['scan.suffix.matches("^T[12]w$")', true],
    ["file.size / 1000 > 1.02", true],
    ["subject.age % 2 == 0 ? true : false", null],
    ["metadata.Fat", true],
    ["metadata.Fat ? subject.age > 50 : false", false],
    ["!(subject.age > 50)", true],
    ["-subject.age < -20", true],
  ])("%s", (source, value) => {
    expect(verdict(source)).toEqual(value === null ? { unknown: ["subject.age"] } : { value });
  });
});

describe("a missing operand is unknown, never quietly false", () => {
  test.each([
    ["subject.iq > 100", ["subject.iq"]],
    ["!(subject.iq > 100)", ["subject.iq"]],
    ["subject.group == 'a'", ["subject.group"]],
    ["subject.iq > 100 && subject.age > 20", ["subject.iq"]],
    ["subject.iq > 100 || subject.wisdom > 20", ["subject.iq", "subject.wisdom"]],
    ["(subject.iq > 1 || true) && subject.wisdom > 1", ["subject.wisdom"]],
    ["subject.score > 3", ["subject.score"]],
    ["subject.iq > 1 ? true : false", ["subject.iq"]],
    ["subject.iq in [1, 2]", ["subject.iq"]],
    ["session.label == 'x'", ["session.label"]],
    ["metadata.SliceTiming[7] > 0", ["metadata.SliceTiming[7]"]],
    ["metadata.constructor == 1", ["metadata.constructor"]],
  ])("%s", (source, unknown) => {
    expect(verdict(source)).toEqual({ unknown });
  });

  test.each([
    ["false && subject.iq > 1", false],
    ["subject.iq > 1 && false", false],
    ["subject.iq > 1 || true", true],
    ["subject.iq in [1, 2] || true", true],
    ["metadata.Nope.exists(x, x == 1) && false", false],
  ])("but what decides alone decides: %s", (source, value) => {
    expect(verdict(source)).toEqual({ value });
  });
});

describe("an expression that cannot be used is refused with what, where and what instead", () => {
  test.each([
    ["scan.sufix == 'T1w'", "Unknown field scan.sufix (line 1, column 1); did you mean scan.suffix?"],
    ["scan.entities.acquisition == 'x'", "did you mean scan.entities.acq?"],
    ["age > 20", "Unknown field age (line 1, column 1); did you mean subject.age or session.age?"],
    ["scan.suffix = 'T1w'", "(line 1, column 13); write =="],
    ["scan.suffix == 'a and b' and subject.age > 2", "(line 1, column 26); write &&"],
    ["subject.age > 2 OR subject.age < 1", "write ||"],
    ["exists(subject.age)", "Unknown function exists (line 1, column 1); write has(subject.age)"],
    ["count(sessions) >= 2", "write subject.sessions.size()"],
    ["count(subject.sessions) >= 2", "write subject.sessions.size()"],
    ["subject.sessions.count() >= 2", "write subject.sessions.size()"],
    ["len(subject.sessions) >= 2", "write subject.sessions.size()"],
    ["max(metadata.SliceTiming) > 2", "write metadata.SliceTiming.max()"],
    ["contains(scan.path, 'x')", 'write scan.path.contains("…")'],
    ["scan.path.like('x')", 'write scan.path.matches("…")'],
    ["scan.suffix.max() > 1", "Only a list of numbers has a max"],
    [
      "nearest(subject.age) > 1",
      'there are has(FIELD), has.derivative("ANALYSIS@VERSION", "OUTPUT"), result("TAG", "DOCUMENT"), date(TEXT), TEXT.startsWith',
    ],
    ["scan.run == '1'", "did you mean scan.entities.run?"],
    ["subjects.age > 1", "did you mean subject.age"],
    ["true &&\n  dataset.nam == 'x'", "(line 2, column 3); did you mean dataset.name"],
    ["subject.age == 'x'", "A number never equals text"],
    ["scan.entities.run == 'one'", 'No index is "one"'],
    ["scan.entities.run in [1, 'b']", 'No index is "b"'],
    ["scan.entities.run < 'x'", "write a whole number such as 1"],
    ["scan.entities.task == 1", 'write "1"'],
    ["scan.entities.run", "This is a number where true or false is needed"],
    ["subject.age >", "(line 1"],
    ["subject.age", "This is a number where true or false is needed"],
    ["subject", "subject is a group of fields"],
    ["scan.suffix.startWith('T')", "did you mean startsWith?"],
    ["sise(scan.suffix) > 1", "did you mean size?"],
    ["scan.suffix.matches('(a')", "( has no )"],
    ["scan.suffix.matches('(?=a)')", "only (…) and (?:…)"],
    ["scan.suffix == 'a\\x00b'", "characters that no field can hold"],
    ["metadata.x[subject.age] == 1", "Only a constant can stand in [ ]"],
    ["x.map(y, y)", "Unknown function map"],
    ["sex == 'F'", "Unknown field sex (line 1, column 1); did you mean subject.sex?"],
    ["TR < 2", "did you mean metadata.RepetitionTime?"],
    ["b >= 1000", "did you mean dwi.bvalues.max()?"],
    ["subject.sex == F", 'Unknown field F (line 1, column 16); write "F" for the text'],
    ["scan.entities.task in [rest, 'faces']", 'Unknown field rest (line 1, column 24); write "rest" for the text'],
    ["subject.group == age", "did you mean subject.age or session.age?"],
    [
      "subject.age in (20, 30)",
      '"in (" is not part of the query language (line 1, column 13); write a list in brackets',
    ],
    ["scan.suffix in ('T1w')", 'This is text where a list is needed (line 1, column 17); write ["T1w"]'],
    ["subject.age is null", '"is null" is not part of the query language (line 1, column 13); write !has(FIELD)'],
    ["subject.age IS NOT NULL", "write has(FIELD)"],
    ["subject.age between 20 and 30", '"between" is not part of the query language (line 1, column 13); write two'],
    ["scan.path like 'a%'", '"like" is not part of the query language (line 1, column 11); write .contains("…")'],
    ["dwi.bvalues > 1000", "dwi.bvalues is a list (line 1, column 1); write dwi.bvalues.max()"],
    ["image.dims > 64", "write image.dims[0]"],
    ["!", "The expression ends too early (line 1"],
    ["has(subject.age", 'Expected ")", got the end'],
  ])("%s", (source, message) => {
    expect(() => compileExpression(source)).toThrow(message);
  });
});

describe("dates are days, which are compared and subtracted", () => {
  const facts: QueryFacts = {
    subject: { birth: "1990-02-28", odd: "2023-02-30", year: 1990 },
    scan: { acq_time: "2024-03-01T12:00:00.500" },
    session: { acq_time: "2023-03-02 12:00Z" },
  };
  test.each([
    ['date(scan.acq_time) >= date("2024-03-01")', true],
    ['date(scan.acq_time) - date("2024-03-01") > 0.5', true],
    ["date(scan.acq_time) - date(session.acq_time) < 366", true],
    ["(date(scan.acq_time) - date(subject.birth)) / 365.25 > 34", true],
    ['date("1970-01-02") == 1', true],
    ['date("1969-12-31T12:00") == -0.5', true],
    ["has(subject.birth) && date(subject.birth) < 0", false],
    ["date(subject.odd) > 0", ["subject.odd"]],
    ["date(subject.year) > 0", ["subject.year"]],
    ["date(subject.nothing) > 0", ["subject.nothing"]],
  ])("%s", (source, expected) => {
    expect(compileExpression(source).evaluate(facts)).toEqual(
      typeof expected === "boolean" ? { value: expected } : { unknown: expected },
    );
  });

  test.each([
    ['date("2024-13-01") > 1', '"2024-13-01" is not a date (line 1, column 6); write it as BIDS does: "2024-09-01"'],
    ['date("01.09.2024") > 1', "is not a date"],
    ["date(7) > 1", "This is a number where text is needed"],
    ["date(scan.acq_time, 1) > 1", "date takes one argument"],
    ['timestamp("2024-09-01") < 1', "Unknown function timestamp (line 1, column 1); write date("],
    ["timestamp(scan.acq_time) < 1", "write date(scan.acq_time)"],
    ['date(scan.acq_time) > "2024-09-01"', "This is text where a number is needed"],
    ['date(scan.acq_time) > "2024-09-01"', 'write date("2024-09-01")'],
    [
      "date(scan.acq_time) > 2024-09-01",
      '2024-09-01 without quotes is a subtraction (line 1, column 23); write date("',
    ],
    ["scan.acq_time > 2024-09-01 && true", 'write date("2024-09-01")'],
    ["date(scan.acq_time) > 2024", 'A date is compared with a date (line 1, column 23); write date("'],
    ["20240901 >= date(scan.acq_time)", "A date is compared with a date (line 1, column 1)"],
  ])("%s", (source, message) => {
    expect(() => compileExpression(source)).toThrow(message);
  });
});

describe("what a tag shows is a value of the scan", () => {
  const facts: QueryFacts = {
    result: {
      values: [
        { tag: "tsnr", document: "quality", value: 42.5 },
        { tag: "verdict", document: "quality", value: "good" },
        { tag: "twice", document: "a", value: 1 },
        { tag: "twice", document: "b", value: 2 },
      ],
    },
  };
  test.each([
    ['result("tsnr") < 100', true],
    ['result("tsnr", "quality") * 2 == 85', true],
    ['result("verdict") == "good"', true],
    ['has(result("tsnr")) && result("other") == null', true],
    ['result("twice").max() == 2', true],
    ['result("twice", "a") == 1', true],
    ['result("tsnr", "other") < 100', ['result("tsnr", "other")']],
    ['result("verdict") > 1', []],
  ])("%s", (source, expected) => {
    expect(compileExpression(source, queryFields).evaluate(facts)).toEqual(
      typeof expected === "boolean" ? { value: expected } : { unknown: expected },
    );
  });

  test.each([
    ["result(tsnr) < 100", "result takes constant texts"],
    [
      "result() < 100",
      'result takes a tag, and at most its document (line 1, column 1); like result("tsnr", "quality")',
    ],
    ['reslt("tsnr") < 100', "Unknown function reslt (line 1, column 1); did you mean result?"],
  ])("%s", (source, message) => {
    expect(() => compileExpression(source, queryFields)).toThrow(message);
  });

  test("a rule has no results yet, so its condition cannot ask for them", () => {
    expect(() => compileExpression('result("tsnr") < 100')).toThrow("result can be asked in queries");
  });
});

test("a column of scans may be called like a field of sessions, in data, and what is nearly a field is a slip", () => {
  expect(compileExpression('scan.suffixes == "x" && scan.datatypes == "y"', queryFields).fields).toHaveLength(2);
  expect(() => compileExpression('scan.suffixes == "x"')).toThrow("did you mean scan.suffix?");
  expect(() => compileExpression('scan.sufix == "x"', queryFields)).toThrow("did you mean scan.suffix?");
});

test("a list has no order, and is counted or asked for its greatest", () => {
  expect(() => compileExpression("subject.sessions >= 2", queryFields)).toThrow("write subject.sessions.size()");
  // A rule has no such list, so this may be a column of participants.tsv.
  expect(compileExpression("subject.sessions >= 2").evaluate({ subject: { sessions: 3 } })).toEqual({ value: true });
});

test("an expression names the fields that it speaks of", () => {
  expect(compileExpression("subject.age > 1 && (subject.age < 9 || has(metadata.A.B[0]))").fields).toEqual([
    "subject.age",
    "metadata.A.B[0]",
  ]);
});

test("the least and greatest of a list of numbers, which neither an empty list nor another value has", () => {
  const of = (list: JsonObject[string], source = "metadata.b.max() - metadata.b.min()") =>
    compileColumn(source).evaluate({ metadata: { b: list } });
  expect(of([0, 1000, -5])).toBe(1005);
  expect(of([3])).toBe(0);
  for (const odd of [[], [1, "2"], [1, null], 7, "7", null]) expect(of(odd)).toBeUndefined();
});

test("a column shows a field as it was recorded, and the value of an expression", () => {
  const facts = {
    subject: { age: "89+" },
    scan: { entities: { run: "01" } },
    image: { dims: [2, 2, 2, 9], volumes: 9 },
  };
  const show = (source: string) => compileColumn(source).evaluate(facts);
  expect(
    ["subject.age", "scan.entities.run", "image.volumes * 2", "image.dims[3] > 8", "subject.sex"].map(show),
  ).toEqual([...["89+", "01", 18, true], undefined]);
  expect(() => compileColumn("subject.agee + 1", { ...standardFields, open: [] })).toThrow("did you mean subject.age");
});
