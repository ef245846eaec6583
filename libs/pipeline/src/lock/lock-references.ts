import { type DerivativeInput, highestVersion, type InputDeclaration } from "@rollerblade/analysis";
import semver from "semver";
import type { PipelineDocument } from "../document/document.ts";
import type { Fault } from "../document/faults.ts";
import type { Analyses } from "./analysis-version.ts";
import { fault, type LockedRun } from "./lock-rule.ts";
import { type Identity, referenceKey } from "./locks.ts";

/** The range of an analysis' versions whose results a document accepts; null where it says nothing of the analysis. */
export const acceptedRange = ({ accept }: PipelineDocument, analysis: string): string | null =>
  Object.hasOwn(accept, analysis) ? (accept[analysis] ?? null) : null;

/**
 * What a reference to an analysis means: what the document's own rules make, else the highest version that there is; and beside it what the
 * document accepts.
 */
const identitiesOf = (
  document: PipelineDocument,
  analysis: string,
  range: string,
  runs: readonly LockedRun[],
  analyses: Analyses,
): Identity[] => {
  const made = runs
    .filter(({ lock }) => lock.analysis === analysis)
    .flatMap(({ lock }) => [lock, ...(lock.accepts ?? [])].map(identityOf));
  // `*` of semver leaves prereleases out; a rule that names one wants it.
  const fits = (version: string): boolean => range === "*" || semver.satisfies(version, range);
  if (made.length > 0) return made.filter(({ version }) => fits(version)).filter(isFirst);
  const versions = analyses(analysis).map(({ manifest }) => manifest.version);
  const version = highestVersion(versions, range);
  if (version === undefined) return [];
  const accepted = acceptedRange(document, analysis);
  const others = versions
    .filter((one) => one !== version && accepted !== null && semver.satisfies(one, accepted) && fits(one))
    .sort(semver.rcompare);
  return [version, ...others].map((one) => ({ analysis, version: one, parametersHash: "" }));
};

const identityOf = ({ analysis, version, parametersHash }: Identity): Identity => ({
  analysis,
  version,
  parametersHash,
});

const isFirst = (identity: Identity, index: number, all: readonly Identity[]): boolean =>
  all.findIndex((other) => other.version === identity.version && other.parametersHash === identity.parametersHash) ===
  index;

/** The inputs of a manifest that are outputs of other analyses. */
export const derivativeInputs = (inputs: readonly InputDeclaration[]): DerivativeInput[] =>
  inputs.filter((input) => input.kind === "derivative");

/** Resolves each reference of manifests, rules and tags to a version, or reports those that match none. */
export const lockReferences = (
  document: PipelineDocument,
  runs: readonly LockedRun[],
  analyses: Analyses,
): { readonly references: Record<string, readonly Identity[]>; readonly faults: readonly Fault[] } => {
  const references: Record<string, readonly Identity[]> = {};
  const faults: Fault[] = [];
  const fix = (analysis: string, range: string, missing: (message: string) => Fault): void => {
    const identities = identitiesOf(document, analysis, range, runs, analyses);
    references[referenceKey(analysis, range)] = identities;
    if (identities.length === 0) faults.push(missing(nothingMeant(analysis, range, runs, analyses)));
  };
  for (const { rule, analysis, accepted } of runs) {
    for (const input of [analysis, ...accepted].flatMap(({ manifest }) => derivativeInputs(manifest.inputs))) {
      fix(input.analysis, input.version, (message) =>
        fault(rule, "run.analysis", `its input ${input.name}: ${message}`),
      );
    }
    if (rule.on.kind === "derivative") fix(rule.on.analysis, "*", (message) => fault(rule, "on.derivative", message));
    for (const need of rule.join?.need ?? []) fix(need.analysis, "*", (message) => fault(rule, "join.need", message));
  }
  for (const tag of document.tags) {
    fix(tag.from.analysis, "*", (message) => ({
      position: null,
      part: `tag ${tag.name}`,
      field: "from.analysis",
      message,
    }));
  }
  return { references, faults };
};

const nothingMeant = (analysis: string, range: string, runs: readonly LockedRun[], analyses: Analyses): string => {
  const made = runs
    .filter(({ lock }) => lock.analysis === analysis)
    .map(({ rule, lock }) => `${lock.version} by ${rule.name}`);
  if (made.length > 0) return `${analysis} ${range} is asked for, but this document runs ${made.join(", ")}`;
  const versions = analyses(analysis).map(({ manifest }) => manifest.version);
  if (versions.length === 0) return `nobody created an analysis ${analysis}`;
  return `no version of ${analysis} fits ${range}; there are ${versions.join(", ")}`;
};
