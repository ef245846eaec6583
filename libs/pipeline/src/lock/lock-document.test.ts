import { Problem } from "@rollerblade/errors";
import { describe, expect, test } from "vitest";
import { parseDocument } from "../document/parse-document.ts";
import { demo, threshold } from "../testing/documents.ts";
import { analysesIn } from "../testing/facts.ts";
import { requireNoCircle } from "./document-circle.ts";
import { lockDocument } from "./lock-document.ts";
import { lockedDocument } from "./locked-rules.ts";
import { tagShows } from "./locks.ts";
import { requireOwnNames } from "./name-conflicts.ts";

const known = analysesIn();
const lock = (source: string, analyses = known) => lockDocument(parseDocument("demo", source), analyses);

const faultsOf = (source: string, analyses = known): string[] => {
  try {
    lock(source, analyses);
    return [];
  } catch (error) {
    return Problem.from(error).findings.map(({ where, message }) => `${where}: ${message}`);
  }
};

test("the highest version that each rule allows is locked, and what manifests refer to is what the rules make", () => {
  const analyses = analysesIn({ "brain-mask": ["1.0.0", "1.4.0", "1.10.0", "2.0.0"] });
  const { rules, references } = lock(threshold(0.7), analyses);
  expect(rules.mask).toMatchObject({ version: "1.10.0", parameters: { threshold: 0.7 } });
  expect(rules.mask?.parametersHash).toMatch(/^[0-9a-f]{8}$/);
  expect(rules.volumes?.parametersHash).toBe("");
  const { parametersHash } = rules.mask ?? { parametersHash: "" };
  expect(references["brain-mask@^1"]).toEqual([{ analysis: "brain-mask", version: "1.10.0", parametersHash }]);
});

test("a reference to what no rule makes is the highest version that there is", () => {
  const alone =
    demo.slice(0, demo.indexOf("  - name: mask")) +
    demo.slice(demo.indexOf("  - name: volumes"), demo.indexOf("  - name: report"));
  const { references } = lock(alone, analysesIn({ "brain-mask": ["1.0.0", "1.1.0", "2.0.0"] }));
  expect(references["brain-mask@^1"]).toEqual([{ analysis: "brain-mask", version: "1.1.0", parametersHash: "" }]);
});

test("the versions that a document accepts are locked, too, and references mean them beside the version that runs", () => {
  const analyses = analysesIn({ "brain-mask": ["1.0.0", "1.4.0", "1.10.0", "2.0.0"] });
  const accepting = demo.replace("rules:", 'accept: {brain-mask: ">=1.4.0 <2"}\nrules:');
  const { rules, references } = lock(accepting, analyses);
  expect(rules.mask).toMatchObject({ version: "1.10.0", accepts: [{ version: "1.4.0" }] });
  expect(references["brain-mask@*"]?.map(({ version }) => version)).toEqual(["1.10.0", "1.4.0"]);
  const alone =
    accepting.slice(0, accepting.indexOf("  - name: mask")) +
    accepting.slice(accepting.indexOf("  - name: volumes"), accepting.indexOf("  - name: report"));
  expect(lock(alone, analyses).references["brain-mask@^1"]?.map(({ version }) => version)).toEqual(["1.10.0", "1.4.0"]);
});

test("what only an input of another rule takes may be made by a rule that nothing else looks at", () => {
  const onScans = demo.replace("on: {derivative: {analysis: brain-mask, output: mask}}", "on: {scan: {suffix: T1w}}");
  expect(faultsOf(onScans)).toEqual([]);
});

describe("what cannot run is refused", () => {
  test.each([
    [
      "an accepted range without a version",
      demo.replace("rules:", 'accept: {brain-mask: "^3"}\nrules:'),
      "demo accept brain-mask: no version of brain-mask fits ^3; there are 1.0.0",
    ],
    [
      "an accepted analysis that nobody created",
      demo.replace("rules:", 'accept: {brain-mas: "^1"}\nrules:'),
      "demo accept brain-mas: nobody created an analysis brain-mas",
    ],
    [
      "an analysis that nobody created",
      demo.replace("brain-mask, version", "head-mask, version"),
      "demo:4:5 rule mask run.analysis: nobody created an analysis head-mask",
    ],
    [
      "a range without a version",
      demo.replace("^1", "^3"),
      "demo:4:5 rule mask run.version: no version of brain-mask fits ^3; there are 1.0.0",
    ],
    [
      "an unknown parameter",
      demo.replace("version: ^1}", "version: ^1, parameters: {treshold: 1}}"),
      'demo:4:5 rule mask run.parameters.treshold: is not a parameter; did you mean "threshold"?',
    ],
    [
      "an output that does not exist",
      demo.replace("output: mask", "output: msk"),
      'demo:7:5 rule volumes on.derivative.output: brain-mask has no output msk; did you mean "mask"?',
    ],
    [
      "a whole dataset without a join",
      demo.replace(/ {4}join:.*\n/, ""),
      "demo:10:5 rule report join: group-report works on a whole dataset: add a join that states when the dataset is complete",
    ],
    [
      "a join by another level",
      demo.replace("by: [dataset]", "by: [subject]"),
      "demo:10:5 rule report join.by: group-report works on a dataset, not on a subject",
    ],
    [
      "a many input without a need",
      demo.replace("need: [{analysis: tissue-volumes, output: volumes}]", "need: []"),
      "demo:10:5 rule report join.need: the input volumes collects volumes of tissue-volumes: add {analysis: tissue-volumes, output: volumes}",
    ],
    [
      "a condition on more than the looked-at output has",
      demo
        .replace("    run: {analysis: group", "    run: {analysis: group")
        .replace(
          "- name: report\n    on: {derivative: {analysis: tissue-volumes}}\n    join: {by: [dataset], need: [{analysis: tissue-volumes, output: volumes}], complete: all}\n    run: {analysis: group-report, version: ^1}",
          "- name: compare\n    on: {derivative: {analysis: tissue-volumes}}\n    when: scan.suffix == 'T1w'\n    run: {analysis: subject-report, version: ^1}",
        ),
      "demo:12:11 rule compare when: scan.suffix differs within a session",
    ],
  ])("%s", (_, source, fault) => {
    const found = faultsOf(source);
    expect(
      found.some((one) => one.startsWith(fault)),
      found.join("\n"),
    ).toBe(true);
  });

  test("how many there will be must be known for a join that wants all", () => {
    const report = `datasets: [demo]\nrules:\n${demo.slice(demo.indexOf("  - name: report"))}`;
    expect(faultsOf(report)[0]).toContain("no rule of this document runs tissue-volumes");
    expect(faultsOf(report.replace("complete: all", "complete: {count: 3}"))).toEqual([]);
  });

  test("a rule's version that the manifest of another one does not want", () => {
    const analyses = analysesIn({ "brain-mask": ["1.0.0", "2.0.0"] });
    expect(faultsOf(demo.replace("^1", "^2"), analyses)[0]).toContain(
      "brain-mask ^1 is asked for, but this document runs 2.0.0 by mask",
    );
  });
});

describe("two documents that would make the same files", () => {
  const other = (datasets: string[], source = demo) => [{ name: "other", datasets, locks: lock(source) }];
  const tried = (source: string, others: ReturnType<typeof other>) => () =>
    requireOwnNames(parseDocument("demo", source), lock(source), others);

  test.each([
    ["in the same dataset", ["demo1"], demo],
    ["in patterns that share a name", ["*1"], demo],
  ])("%s are refused", (_, datasets, source) => {
    expect(tried(source, other(datasets))).toThrow(/rule mask of document other makes the same files/);
  });

  test.each([
    ["in datasets that have nothing in common", ["study*"]],
    ["in a dataset that is only called alike", ["dem"]],
  ])("%s are let be", (_, datasets) => {
    expect(tried(demo, other(datasets))).not.toThrow();
  });

  test("a document does not stand in its own way", () => {
    expect(tried(demo, [{ name: "demo", datasets: ["demo*"], locks: lock(demo) }])).not.toThrow();
  });
});

describe("documents that would start each other without end", () => {
  const locked = (name: string, source: string) => {
    const document = parseDocument(name, source);
    return lockedDocument(document, lockDocument(document, known), known);
  };
  const volumes = (datasets: string) => `datasets: ["${datasets}"]
rules:
  - {name: volumes, on: {derivative: {analysis: brain-mask}}, run: {analysis: tissue-volumes}}
`;
  const mask = (datasets: string, parameters = "{}") => `datasets: ["${datasets}"]
rules:
  - {name: mask, on: {derivative: {analysis: tissue-volumes}}, run: {analysis: brain-mask, parameters: ${parameters}}}
`;

  test("are refused with the way round", () => {
    expect(() => requireNoCircle(locked("two", mask("study1")), [locked("one", volumes("study*"))])).toThrow(
      /rule mask, on: waits for itself by way of other documents: two\/mask → one\/volumes → two\/mask/,
    );
  });

  test.each([
    ["they speak for different datasets", "other*", "{}"],
    ["the one takes what the other does not make", "study1", "{threshold: 0.7}"],
  ])("are let be where %s", (_, datasets, parameters) => {
    const one = locked("one", volumes("study*"));
    expect(() => requireNoCircle(locked("two", mask(datasets, parameters)), [one])).not.toThrow();
  });

  test("a new text of a document does not meet its own old one", () => {
    expect(() => requireNoCircle(locked("one", mask("study1")), [locked("one", volumes("study*"))])).not.toThrow();
  });
});

test("a tag shows only what its document's rules have made", () => {
  const source = `${demo}tags:\n  - {name: t, from: {analysis: brain-mask, output: mask}, title: T, show: {kind: image}}\n`;
  const document = parseDocument("demo", source);
  const locks = lock(source);
  const [tag] = document.tags;
  const derivative = {
    ...{
      id: "",
      dataset: "demo",
      path: "",
      analysis: "brain-mask",
      version: "1.0.0",
      parametersHash: "",
      output: "mask",
      key: "",
    },
    ...{
      slice: { level: "scan", dataset: "demo", subject: "01", session: null, scan: "" } as const,
      entities: {},
      datatype: null,
    },
    ...{ suffix: "", extension: "", size: 0, sha256: "", sources: [], revision: 1 },
  };
  if (tag === undefined) throw new Error("no tag");
  expect(tagShows(tag, locks, derivative)).toBe(true);
  expect(tagShows(tag, locks, { ...derivative, parametersHash: "00000000" })).toBe(false);
  expect(tagShows(tag, locks, { ...derivative, version: "1.0.1" })).toBe(false);
  expect(tagShows(tag, locks, { ...derivative, output: "quality" })).toBe(false);
});
