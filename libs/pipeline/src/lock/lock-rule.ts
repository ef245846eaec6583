import { highestVersion, parametersHash, resolveParameters } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import semver from "semver";
import type { Rule } from "../document/document.ts";
import type { Fault } from "../document/faults.ts";
import { type Analyses, type AnalysisVersion, analysisVersion } from "./analysis-version.ts";
import type { RuleLock, VersionLock } from "./locks.ts";

/** What a rule will run from now on, or what is in the way. */
export type LockedRun = {
  readonly rule: Rule;
  readonly lock: RuleLock;
  readonly analysis: AnalysisVersion;
  /** Of `lock.accepts`. */
  readonly accepted: readonly AnalysisVersion[];
};

/**
 * Chooses the highest version that the rule allows, and fills in its parameters.
 * @param accept the range of versions whose results the document accepts; null where it says nothing of the analysis
 */
export const lockRule = (rule: Rule, analyses: Analyses, accept: string | null): LockedRun | readonly Fault[] => {
  const { analysis: name, version: range } = rule.run;
  const versions = analyses(name).map(({ manifest }) => manifest.version);
  if (versions.length === 0) return [fault(rule, "run.analysis", `nobody created an analysis ${name}`)];
  const version = highestVersion(versions, range);
  if (version === undefined) {
    return [fault(rule, "run.version", `no version of ${name} fits ${range}; there are ${versions.join(", ")}`)];
  }
  const analysis = analysisVersion(analyses, name, version);
  if (analysis === undefined) return [];
  const accepted = accept === null ? [] : othersIn(accept, analysis, analyses(name));
  const unlike = accepted.flatMap((other) =>
    differencesOf(other, analysis).map((message) => fault(rule, "accept", message)),
  );
  if (unlike.length > 0) return unlike;
  const locks = [analysis, ...accepted].map((one) => withParameters(rule, one));
  const faults = locks.flatMap((lock) => ("analysis" in lock ? [] : lock));
  const [lock, ...accepts] = locks.flatMap((one) => ("analysis" in one ? one : []));
  if (lock === undefined || faults.length > 0) return faults;
  return { rule, lock: accepts.length === 0 ? lock : { ...lock, accepts }, analysis, accepted };
};

/** The other versions of a range, the highest first. */
const othersIn = (range: string, { manifest }: AnalysisVersion, all: readonly AnalysisVersion[]): AnalysisVersion[] =>
  all
    .filter((one) => one.manifest.version !== manifest.version && semver.satisfies(one.manifest.version, range))
    .sort((one, other) => semver.rcompare(one.manifest.version, other.manifest.version));

/** Why the results of one version cannot stand where those of another one are expected. */
const differencesOf = ({ manifest: old }: AnalysisVersion, { manifest }: AnalysisVersion): string[] => {
  const version = `${old.name} ${old.version}`;
  if (old.level !== manifest.level)
    return [`${version} works on a ${old.level}, and ${manifest.version} on a ${manifest.level}`];
  // Its one result is made anew from all members, whichever versions these are of.
  if (manifest.level === "dataset") return [`${manifest.name} works on a whole dataset, whose one result is made anew`];
  const outputs = manifest.outputs.filter(({ name }) => !old.outputs.some((output) => output.name === name));
  return outputs.map(({ name }) => `${version} has no output ${name}, which ${manifest.version} has; narrow the range`);
};

const withParameters = (rule: Rule, { manifest }: AnalysisVersion): VersionLock | readonly Fault[] => {
  try {
    const parameters = resolveParameters(manifest, rule.run.parameters);
    const hash = parametersHash(manifest, parameters);
    return { analysis: manifest.name, version: manifest.version, parameters, parametersHash: hash };
  } catch (error) {
    const problem = Problem.from(error);
    return problem.findings.map(({ where, message }) => fault(rule, `run.parameters.${where}`, message));
  }
};

/** A fault of a rule that shows only when analyses are known. */
export const fault = (rule: Rule, field: string, message: string): Fault => ({
  position: rule.position,
  part: `rule ${rule.name}`,
  field,
  message,
});
