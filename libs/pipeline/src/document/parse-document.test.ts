import { exampleScan } from "@rollerblade/abids/testing";
import { Problem } from "@rollerblade/errors";
import { describe, expect, test } from "vitest";
import { demo } from "../testing/documents.ts";
import { parseDocument } from "./parse-document.ts";
import { matchesScan, mismatches } from "./rule-index.ts";

const withTag = `${demo}tags:
  - name: brain-volume
    from: {analysis: tissue-volumes, output: volumes}
    title: Brain volume
    show: {kind: metric, value: /brainVolume, unit: mL}
  - name: picture
    from: {analysis: tissue-volumes, output: picture}
    title: Picture
    show: {kind: image}
`;

const faultsOf = (source: string): string[] => {
  try {
    parseDocument("demo.yaml", source);
    return [];
  } catch (error) {
    return Problem.from(error).findings.map(({ where, message }) => `${where}: ${message}`);
  }
};

test("a document is read with its rules and tags in their order", () => {
  const { datasets, rules, tags } = parseDocument("demo.yaml", withTag);
  expect(datasets).toEqual(["demo*"]);
  expect(rules.map(({ name }) => name)).toEqual(["mask", "volumes", "report"]);
  expect(rules[0]?.on).toEqual({ kind: "scan", fields: { suffix: ["T1w"] } });
  expect(rules[1]?.on).toEqual({ kind: "derivative", analysis: "brain-mask", output: "mask" });
  expect(rules[2]?.join).toEqual({
    by: "dataset",
    need: [{ analysis: "tissue-volumes", output: "volumes" }],
    complete: { kind: "all" },
    every: null,
  });
  expect(tags.map(({ name, show }) => [name, show.kind])).toEqual([
    ["brain-volume", "metric"],
    ["picture", "image"],
  ]);
});

describe("a fault is reported with document, line and column, rule and field", () => {
  test.each([
    [
      "an unknown key",
      withTag.replace("on: {scan", "onn: {scan"),
      "demo.yaml:5:5 rule mask onn: is not a field that can stand here",
    ],
    [
      "a key that is nearly one",
      withTag.replace("on: {scan", "onn: {scan"),
      "demo.yaml:5:5 rule mask onn: is not a field that can stand here; did you mean on?",
    ],
    [
      "a key of another place",
      demo.replace("    run: {analysis: brain-mask", "    every: 10m\n    run: {analysis: brain-mask"),
      "demo.yaml:6:5 rule mask every: is not a field that can stand here; it is a field of join",
    ],
    [
      "a key from nowhere",
      demo.replace("    run: {analysis: brain-mask", "    colour: red\n    run: {analysis: brain-mask"),
      "demo.yaml:6:5 rule mask colour: is not a field that can stand here; there are name, on, when, join, run",
    ],
    [
      "a text for fields",
      demo.replace("    run: {analysis: brain-mask", "    join: dataset\n    run: {analysis: brain-mask"),
      "demo.yaml:6:11 rule mask join: this is text where fields (`key: value`) are needed",
    ],
    [
      "a missing run",
      demo.replace("    run: {analysis: brain-mask, version: ^1}\n", ""),
      "demo.yaml:4:5 rule mask run: is missing",
    ],
    [
      "an entity that does not exist",
      demo.replace("suffix", "sufix"),
      'demo.yaml:5:17 rule mask on.scan.sufix: is neither suffix, datatype or extension nor the key of a BIDS entity; did you mean "suffix"?',
    ],
    [
      "a version that is a number",
      demo.replace("version: ^1", "version: 1.2"),
      'demo.yaml:6:42 rule mask run.version: write the version in quotes, for example "^1"',
    ],
    [
      "a range that is none",
      demo.replace("version: ^1", "version: one"),
      "demo.yaml:6:42 rule mask run.version: not a version or a range of versions, for example ^1 or 1.2.0",
    ],
    [
      "a label that is a number",
      demo.replace("suffix: T1w", "ses: 1"),
      'demo.yaml:5:22 rule mask on.scan.ses: write the value in quotes, for example "01"',
    ],
    [
      "an index that is not a whole number",
      demo.replace("suffix: T1w", "run: 1.5"),
      'demo.yaml:5:22 rule mask on.scan.run: write text or a list of texts, in quotes where it is a number: "01"',
    ],
    [
      "scan and derivative at once",
      demo.replace("{scan: {suffix: T1w}}", "{scan: {suffix: T1w}, derivative: {analysis: a}}"),
      "demo.yaml:5:9 rule mask on: give either scan or derivative",
    ],
    [
      "a completeness that is none",
      demo.replace("complete: all", "complete: most"),
      "demo.yaml:12:90 rule report join.complete: give all, settled, {count: 20} or {quiet: 10m}",
    ],
    [
      "a name twice",
      demo.replace("name: volumes", "name: mask"),
      "demo.yaml:7:11 rule mask name: is the name of another one, too",
    ],
    [
      "a kind of tag that is none",
      withTag.replace("kind: image", "kind: picture"),
      "demo.yaml:22:18 tag picture show.kind: ",
    ],
    [
      "a pointer that is none",
      withTag.replace("/brainVolume", "brainVolume"),
      "demo.yaml:18:33 tag brain-volume show.value: not a JSON pointer, for example /brainVolume",
    ],
    ["no YAML", "rules: [\n  a: }", "demo.yaml:2:6: "],
    ["a key twice", "datasets: [a]\ndatasets: [b]\n", "demo.yaml:2:1: Map keys must be unique"],
    ["no dataset", demo.replace("[demo*]", "[]"), "demo.yaml:2:11 datasets: "],
  ])("%s", (_, source, fault) => {
    const found = faultsOf(source);
    expect(found.length).toBeGreaterThan(0);
    expect(
      found.some((one) => one.startsWith(fault)),
      found.join("\n"),
    ).toBe(true);
  });
});

test("an index is a number, with or without zeros and quotes", () => {
  for (const written of ["1", '"1"', '"01"', "[2, 1]"]) {
    const { rules } = parseDocument("demo", demo.replace("suffix: T1w", `run: ${written}`));
    const on = rules[0]?.on;
    if (on?.kind !== "scan") throw new Error("The rule has no scan.");
    const [first, twelfth, none] = ["01", "12", null].map((run) =>
      exampleScan("01", { entities: { sub: "01", ...(run !== null && { run }) } }),
    );
    expect([first, twelfth, none].map((scan) => scan !== undefined && matchesScan(on, scan))).toEqual([
      true,
      false,
      false,
    ]);
    expect(twelfth === undefined ? [] : mismatches(on, twelfth)).toHaveLength(1);
  }
});

describe("a condition is checked when the document is read", () => {
  const when = (expression: string, rule = "volumes") =>
    demo.replace(`- name: ${rule}`, `- name: ${rule}\n    when: ${expression}`);

  test.each([
    ["subject.age >= 18", null],
    ["subject.age >= 18.0 && scan.entities.run == '1'", null],
    ["subject.age >=", "demo.yaml:8:"],
    ["true && subjct.age > 1", "demo.yaml:8:19 rule volumes when: "],
    ["scan.suffix == 'T1W'", 'demo.yaml:8:11 rule volumes when: BIDS has no suffix "T1W"; did you mean "T1w"?'],
    ["scan.entities.part in ['mag', 'fase']", 'demo.yaml:8:11 rule volumes when: BIDS has no part "fase"'],
    ["scan.entities.run != 'first'", 'demo.yaml:8:32 rule volumes when: No index is "first"'],
    ["subject.age + 1", "demo.yaml:8:"],
    ["scan.entities.run + 1 == 2", null],
    ["scan.entities.task + 1 == 2", "demo.yaml:8:"],
    ['"subjct.age > 1"', "demo.yaml:8:12 rule volumes when: "],
    ["|\n      true &&\n      subjct.age > 1", "demo.yaml:10:7 rule volumes when: "],
  ])("%s", (expression, fault) => {
    const found = faultsOf(when(expression));
    if (fault === null) expect(found).toEqual([]);
    else expect(found[0]?.startsWith(fault), found.join("\n")).toBe(true);
  });

  test("a join's condition can only ask what all of its group shares", () => {
    expect(faultsOf(when("subject.age > 18", "report"))).toEqual([
      "demo.yaml:11:11 rule report when: subject.age differs within a dataset, and this condition is asked of a whole dataset; ask for dataset.*",
    ]);
  });
});

test("rules that start each other for ever are refused", () => {
  const cycle = `datasets: [a]
rules:
  - {name: one, on: {derivative: {analysis: b}}, run: {analysis: a}}
  - {name: two, on: {derivative: {analysis: a}}, run: {analysis: b}}
`;
  expect(faultsOf(cycle)).toEqual(["demo.yaml:3:5 rule one on: waits for itself: one → two → one"]);
});

test("an alias that grows without end is refused instead of read", () => {
  const levels = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const bomb = levels.map(
    (name, index) =>
      `${name}: &${name} [${Array(9)
        .fill(index === 0 ? "x" : `*${levels[index - 1]}`)
        .join(",")}]`,
  );
  expect(faultsOf(bomb.join("\n")).length).toBeGreaterThan(0);
});

test.each([
  ["12e4567", "12e4567 is not a number that a program can hold: where it is meant as text, put it in quotes"],
  ["01", "01 is the number 1 in YAML: put it in quotes, or write 1"],
  ["9007199254740993", "9007199254740993 has more digits than a number can hold (it would become 9007199254740992)"],
  ['"a\\0b"', "a text holds a NUL character"],
  ['["\\ud83d"]', "a text holds half of a surrogate pair"],
])("a parameter %s is refused where it stands", (value, message) => {
  const rule = `  - {name: one, on: {scan: {suffix: T1w}}, run: {analysis: mask, parameters: {text: ${value}}}}`;
  const [fault] = faultsOf(`datasets: [ds]\nrules:\n${rule}\n`);
  expect(fault).toMatch(/^demo\.yaml:3:\d+: /);
  expect(fault).toContain(message);
});

test.each(["0x1f", "1.10", "-0.5", "1e3", "0.001", "+7", "00_1"])("a parameter %s is accepted", (value) => {
  const rule = `  - {name: one, on: {scan: {suffix: T1w}}, run: {analysis: mask, parameters: {text: ${value}}}}`;
  expect(faultsOf(`datasets: [ds]\nrules:\n${rule}\n`)).toEqual([]);
});
