import { faultOfScanValue } from "@rollerblade/abids";
import type { Level, ScanFacts, SliceRef } from "@rollerblade/abids/facts";
import type { Position } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import {
  comparedTexts,
  compileExpression,
  type Expression,
  type QueryFacts,
  queryFactsOfScan,
} from "@rollerblade/query";
import type { PipelineDocument, Rule, When } from "./document.ts";
import type { Fault } from "./faults.ts";

const compiled = new WeakMap<When, Expression>();

/**
 * The condition of a rule, checked; null where the rule has none. @throws Problem `invalid` with line and column in its
 * source
 */
export const conditionOf = ({ when }: Rule): Expression | null => {
  if (when === null) return null;
  const known = compiled.get(when);
  if (known !== undefined) return known;
  const expression = compileExpression(when.source);
  compiled.set(when, expression);
  return expression;
};

/** Conditions that cannot be read, are not true or false, compare with a value that BIDS does not have, or ask for more than a group has. */
export const conditionFaults = (document: PipelineDocument): Fault[] =>
  document.rules.flatMap((rule) => {
    try {
      return [...valueFaults(rule), ...(rule.join === null ? [] : scopeFaults(rule, rule.join.by))];
    } catch (error) {
      return faultsOf(rule, Problem.from(error));
    }
  });

const groupsOf: Readonly<Record<Level, readonly string[]>> = {
  scan: ["dataset", "subject", "session", "scan", "file", "metadata"],
  session: ["dataset", "subject", "session"],
  subject: ["dataset", "subject"],
  dataset: ["dataset"],
};

/** Fields that differ within what the condition is asked of. */
export const scopeFaults = (rule: Rule, level: Level): Fault[] => {
  if (rule.when === null) return [];
  const known = groupsOf[level];
  const outside = (conditionOf(rule)?.fields ?? []).filter((field) => !known.includes(field.split(".")[0] ?? ""));
  const asked = known.map((group) => `${group}.*`).join(", ");
  const { position } = rule.when;
  return outside.map((field) =>
    whenFault(
      rule,
      position,
      `${field} differs within a ${level}, and this condition is asked of a whole ${level}; ask for ${asked}`,
    ),
  );
};

/** Values that no scan can have: `scan.suffix == "T1W"`. */
const valueFaults = (rule: Rule): Fault[] => {
  const condition = conditionOf(rule);
  if (condition === null || rule.when === null) return [];
  const { position } = rule.when;
  return comparedTexts(condition.ast).flatMap(({ field, text }) => {
    const [, key] = /^scan\.(?:entities\.)?(\w+)$/.exec(field) ?? [];
    const isClosed = key !== undefined && (field.startsWith("scan.entities.") || namesOfFile.has(key));
    const fault = isClosed ? faultOfScanValue(key, text) : undefined;
    return fault === undefined ? [] : [whenFault(rule, position, fault)];
  });
};

const namesOfFile: ReadonlySet<string> = new Set(["suffix", "datatype", "extension"]);

const whenFault = (rule: Rule, position: Position | null, message: string): Fault => ({
  position,
  part: `rule ${rule.name}`,
  field: "when",
  message,
});

const faultsOf = (rule: Rule, problem: Problem): Fault[] => {
  const start = rule.when?.position ?? rule.position;
  if (problem.findings.length === 0) return [whenFault(rule, start, problem.message)];
  return problem.findings.map(({ where, message }) => whenFault(rule, within(start, where), message));
};

/** A place inside the expression (`line:column`) as a place inside the document. */
const within = (start: Position, where: string): Position => {
  const [line = 1, column = 1] = where.split(":").map(Number);
  return { line: start.line + line - 1, column: start.column + column - 1 };
};

const scanFacts = new WeakMap<ScanFacts, QueryFacts>();

/** The facts of one scan for conditions, made once for all rules. */
export const factsOfScan = (scan: ScanFacts): QueryFacts => {
  const known = scanFacts.get(scan) ?? queryFactsOfScan(scan);
  scanFacts.set(scan, known);
  return known;
};

/** The facts of a slice of several scans for conditions: only what all scans share. */
export const factsOfSlice = (slice: SliceRef, scans: readonly ScanFacts[]): QueryFacts => {
  const newest = scans.reduce<ScanFacts | undefined>(
    (best, scan) => (best && best.revision >= scan.revision ? best : scan),
    undefined,
  );
  if (slice.level === "scan" && newest !== undefined) return factsOfScan(newest);
  const dataset = { name: slice.dataset };
  if (slice.subject === null) return { dataset };
  const subject = { ...newest?.subjectAttributes, label: slice.subject };
  if (slice.level === "subject") return { dataset, subject };
  return { dataset, subject, session: { ...newest?.sessionAttributes, label: slice.session } };
};
