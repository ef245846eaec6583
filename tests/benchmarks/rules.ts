import type { ScanFacts } from "@rollerblade/abids/facts";
import { exampleScan } from "@rollerblade/abids/testing";
import { parseManifest } from "@rollerblade/analysis";
/** How many rules a second are evaluated: pure, in one thread, with a document of a hundred rules. */
import {
  evaluateSubject,
  type LockedDocument,
  lockDocument,
  lockedDocument,
  parseDocument,
} from "@rollerblade/pipeline";
import { compileExpression, queryFactsOfScan } from "@rollerblade/query";

const ruleCount = 100;
const aim = 50_000;
const suffixes = ["T1w", "T2w", "bold", "dwi", "FLAIR"];

const manifest = parseManifest(`
name: copy
version: 1.0.0
description: Copies a scan
process: [node, main.js]
level: scan
inputs: {scan: {suffix: T1w, extension: .nii.gz}}
parameters: {type: object, properties: {number: {type: integer, default: 0}}}
outputs: {copy: {name: "{entities}_desc-copy_T1w.nii.gz"}}
`);

/** A hundred rules: `suffix` says which scans a rule looks at, `when` which of them it starts. */
const hundredRules = (suffix: (rule: number) => string, when: (rule: number) => string): LockedDocument => {
  const rules = Array.from(
    { length: ruleCount },
    (_, rule) => `
  - name: rule-${rule}
    on: {scan: {suffix: ${suffix(rule)}}}
    when: ${when(rule)}
    run: {analysis: copy, version: ^1, parameters: {number: ${rule}}}`,
  );
  const document = parseDocument("benchmark", `datasets: ["*"]\nrules:${rules.join("")}\n`);
  const analyses = () => [{ manifest, code: "process:benchmark" }];
  return lockedDocument(document, lockDocument(document, analyses), analyses);
};

let images = 0;

/** Each scan has another content, so that no key was computed before. */
const scanOf = (subject: string, suffix: string, age: number): ScanFacts => {
  const path = `sub-${subject}/anat/sub-${subject}_${suffix}.nii.gz`;
  const entities = { sub: subject };
  const files = [{ path, role: "image", size: 1, sha256: `sha256:${`${++images}`.padStart(64, "0")}` }];
  const subjectAttributes = { age, sex: "F", group: "control" };
  return exampleScan(subject, {
    dataset: "benchmark",
    ...{ session: null, path, suffix, entities, files, metadata: { RepetitionTime: 2 }, subjectAttributes },
    sessionAttributes: {},
  });
};

const subjects = Array.from({ length: 200 }, (_, index) => `${index}`.padStart(3, "0"));

/** Runs for about two seconds after a warm-up; gives back how many of `unit` a second. */
const measure = (unit: number, work: (subject: string) => void): number => {
  for (const subject of subjects) work(subject);
  const begin = performance.now();
  let count = 0;
  while (performance.now() - begin < 2_000) {
    work(subjects[count % subjects.length] ?? "");
    count += 1;
  }
  return Math.round((count * unit * 1_000) / (performance.now() - begin));
};

const evaluate = (document: LockedDocument, scans: readonly ScanFacts[]): number => {
  const [first] = scans;
  if (first === undefined) return 0;
  const { dataset, subject } = first;
  const empty = { derivatives: [], standing: [], openBatch: false, held: new Set<string>(), gone: new Set<string>() };
  return evaluateSubject(document, { ...empty, dataset, subject, scans, knownSince: new Map(), now: 0 }).length;
};

const everyRule = hundredRules(
  () => "T1w",
  (rule) => `subject.age >= ${rule}.5 && subject.sex == 'M'`,
);
const oneInFive = hundredRules(
  (rule) => suffixes[rule % 5] ?? "T1w",
  (rule) => `subject.age >= ${rule}.5 && subject.sex == 'M'`,
);
const starting = hundredRules(
  () => "T1w",
  () => "subject.age >= 18",
);

const conditions = measure(ruleCount, (subject) => evaluate(everyRule, [scanOf(subject, "T1w", 150)]));
const indexed = measure(ruleCount, (subject) => evaluate(oneInFive, [scanOf(subject, "T1w", 150)]));
const decisions = measure(ruleCount, (subject) => evaluate(starting, [scanOf(subject, "T1w", 30)]));
const expression = compileExpression("subject.age >= 20.5 && subject.sex == 'M'");
const facts = queryFactsOfScan(scanOf("001", "T1w", 150));
const bare = measure(ruleCount, () => {
  for (let rule = 0; rule < ruleCount; rule++) expression.evaluate(facts);
});

console.table({
  "every rule's condition asked": { value: conditions, unit: "rules/s", aim: "≥ 50,000" },
  "one rule in five looks at the scan": { value: indexed, unit: "rules/s", aim: "" },
  "every rule starts: inputs resolved, key hashed": { value: decisions, unit: "rules/s", aim: "" },
  "raw: the bare condition": { value: bare, unit: "evaluations/s", aim: "" },
});
console.log(
  JSON.stringify({
    benchmark: "rules",
    rules: ruleCount,
    conditions,
    indexed,
    decisions,
    bare,
    limits: { conditions: aim },
  }),
);
if (conditions < aim) process.exitCode = 1;
