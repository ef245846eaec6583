import { highestVersion, parametersHash, resolveParameters } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import type { Rule } from "../document/document.ts";
import type { Fault } from "../document/faults.ts";
import { type Analyses, type AnalysisVersion, analysisVersion } from "./analysis-version.ts";
import type { RuleLock } from "./locks.ts";

/** What a rule will run from now on, or what is in the way. */
export type LockedRun = { readonly rule: Rule; readonly lock: RuleLock; readonly analysis: AnalysisVersion };

/** Chooses the highest version that the rule allows, and fills in its parameters. */
export const lockRule = (rule: Rule, analyses: Analyses): LockedRun | readonly Fault[] => {
  const { analysis: name, version: range } = rule.run;
  const versions = analyses(name).map(({ manifest }) => manifest.version);
  if (versions.length === 0) return [fault(rule, "run.analysis", `nobody created an analysis ${name}`)];
  const version = highestVersion(versions, range);
  if (version === undefined) {
    return [fault(rule, "run.version", `no version of ${name} fits ${range}; there are ${versions.join(", ")}`)];
  }
  const analysis = analysisVersion(analyses, name, version);
  return analysis === undefined ? [] : withParameters(rule, analysis);
};

const withParameters = (rule: Rule, analysis: AnalysisVersion): LockedRun | readonly Fault[] => {
  const { manifest } = analysis;
  try {
    const parameters = resolveParameters(manifest, rule.run.parameters);
    const hash = parametersHash(manifest, parameters);
    const lock = { analysis: manifest.name, version: manifest.version, parameters, parametersHash: hash };
    return { rule, lock, analysis };
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
