import { didYouMean } from "@rollerblade/abids/nearest-names";
import type { Manifest } from "@rollerblade/analysis";
import semver from "semver";
import { scopeFaults } from "../document/condition.ts";
import type { PipelineDocument } from "../document/document.ts";
import type { Fault } from "../document/faults.ts";
import { cycleFaults, watched } from "../document/rule-cycle.ts";
import { type Analyses, analysisVersion } from "./analysis-version.ts";
import { derivativeInputs } from "./lock-references.ts";
import { fault, type LockedRun } from "./lock-rule.ts";
import type { Identity } from "./locks.ts";

type References = Readonly<Record<string, readonly Identity[]>>;

/**
 * Checks what only the manifests of the locked versions show: outputs that do not exist, levels that do not fit, cycles
 * through inputs.
 */
export const checkLocked = (
  document: PipelineDocument,
  runs: readonly LockedRun[],
  references: References,
  analyses: Analyses,
): Fault[] => {
  // By whatever range it is referred to: an input alone names one of its own.
  const identities = Object.values(references).flat();
  const manifests = (analysis: string): Manifest[] =>
    [...new Set(identities.filter((one) => one.analysis === analysis).map(({ version }) => version))].flatMap(
      (version) => analysisVersion(analyses, analysis, version)?.manifest ?? [],
    );
  return [
    ...runs.flatMap((run) => [
      ...outputFaults(run, manifests),
      ...conditionLevel(run, manifests),
      ...joinFaults(run, runs),
      ...acceptedInputFaults(run, runs),
    ]),
    ...tagFaults(document, manifests),
    ...cycleFaults(
      runs.map(({ rule }) => rule),
      (rule) => [...watched(rule), ...inputsOf(runs.find((run) => run.rule === rule))],
    ),
  ];
};

/** Ranges that no version fits are slips. */
export const acceptFaults = ({ accept }: PipelineDocument, analyses: Analyses): Fault[] =>
  Object.entries(accept).flatMap(([analysis, range]) => {
    const versions = analyses(analysis).map(({ manifest }) => manifest.version);
    if (versions.some((version) => semver.satisfies(version, range))) return [];
    const message =
      versions.length === 0
        ? `nobody created an analysis ${analysis}`
        : `no version of ${analysis} fits ${range}; there are ${versions.join(", ")}`;
    return [{ position: null, part: "accept", field: analysis, message }];
  });

type Manifests = (analysis: string) => readonly Manifest[];

const inputsOf = (run: LockedRun | undefined): string[] =>
  derivativeInputs(run?.analysis.manifest.inputs ?? []).map(({ analysis }) => analysis);

const noOutput = (analysis: string, output: string, manifests: Manifests): string[] => {
  const outputs = manifests(analysis).flatMap((manifest) => manifest.outputs.map(({ name }) => name));
  if (outputs.includes(output)) return [];
  return [`${analysis} has no output ${output}${didYouMean(output, outputs)}`];
};

const outputFaults = ({ rule, analysis }: LockedRun, manifests: Manifests): Fault[] => [
  ...(rule.on.kind === "derivative" && rule.on.output !== null
    ? noOutput(rule.on.analysis, rule.on.output, manifests).map((message) =>
        fault(rule, "on.derivative.output", message),
      )
    : []),
  ...(rule.join?.need ?? []).flatMap((need) =>
    noOutput(need.analysis, need.output, manifests).map((message) => fault(rule, "join.need", message)),
  ),
  ...derivativeInputs(analysis.manifest.inputs).flatMap((input) =>
    noOutput(input.analysis, input.output, manifests).map((message) =>
      fault(rule, "run.analysis", `its input ${input.name}: ${message}`),
    ),
  ),
];

/** What a document accepts in the place of a version has to be what its rules take in the place of it. */
const acceptedInputFaults = ({ rule, analysis, accepted }: LockedRun, runs: readonly LockedRun[]): Fault[] =>
  [analysis, ...accepted].flatMap(({ manifest }) =>
    derivativeInputs(manifest.inputs).flatMap(({ name, analysis: maker, version: range }) =>
      runs
        .filter(({ lock }) => lock.analysis === maker && semver.satisfies(lock.version, range))
        .flatMap(({ lock }) => lock.accepts ?? [])
        .filter(({ version }) => !semver.satisfies(version, range))
        .map(({ version }) =>
          fault(
            rule,
            "accept",
            `${maker} ${version} is accepted, and the input ${name} of ${manifest.name} ${manifest.version} takes ${range}; narrow the range`,
          ),
        ),
    ),
  );

const tagFaults = (document: PipelineDocument, manifests: Manifests): Fault[] =>
  document.tags.flatMap((tag) =>
    noOutput(tag.from.analysis, tag.from.output, manifests).map((message) => ({
      position: null,
      part: `tag ${tag.name}`,
      field: "from.output",
      message,
    })),
  );

/** A condition on the output of a whole session cannot ask for one scan. */
const conditionLevel = ({ rule }: LockedRun, manifests: Manifests): Fault[] => {
  if (rule.on.kind === "scan" || rule.join !== null) return [];
  const levels = new Set(manifests(rule.on.analysis).map(({ level }) => level));
  return [...levels].flatMap((level) => scopeFaults(rule, level));
};

const joinFaults = ({ rule, analysis: { manifest } }: LockedRun, runs: readonly LockedRun[]): Fault[] => {
  const { join } = rule;
  if (join === null) {
    if (manifest.level !== "dataset") return [];
    return [
      fault(
        rule,
        "join",
        `${manifest.name} works on a whole dataset: add a join that states when the dataset is complete`,
      ),
    ];
  }
  const level =
    join.by === manifest.level
      ? []
      : [fault(rule, "join.by", `${manifest.name} works on a ${manifest.level}, not on a ${join.by}`)];
  return [...level, ...unneeded(rule, manifest), ...unmade(rule, runs)];
};

/** A `many` input receives the members of its need, so it must have one. */
const unneeded = (rule: LockedRun["rule"], manifest: Manifest): Fault[] =>
  derivativeInputs(manifest.inputs)
    .filter(({ many }) => many)
    .filter(
      ({ analysis, output }) => !rule.join?.need.some((need) => need.analysis === analysis && need.output === output),
    )
    .map(({ name, analysis, output }) =>
      fault(
        rule,
        "join.need",
        `the input ${name} collects ${output} of ${analysis}: add {analysis: ${analysis}, output: ${output}}`,
      ),
    );

/** How many there will be is known only of what the document itself makes. */
const unmade = (rule: LockedRun["rule"], runs: readonly LockedRun[]): Fault[] => {
  const kind = rule.join?.complete.kind;
  if (kind === "count" || kind === "quiet") return [];
  const made = new Set(runs.map(({ lock }) => lock.analysis));
  return (rule.join?.need ?? [])
    .filter(({ analysis }) => !made.has(analysis))
    .map(({ analysis }) =>
      fault(
        rule,
        "join.complete",
        `no rule of this document runs ${analysis}, so nobody knows how many there will be; use {count: …} or {quiet: …}`,
      ),
    );
};
