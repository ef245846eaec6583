import { type PipelinePlan, type RulePlan, routerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { type Cell, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";
import { readDocument } from "./read-document.ts";

/** `pipeline plan FILE`: what applying it would start, and how it differs from what is in force. */
export const planPipeline = async (file: string, { json, name }: Reading & { name?: string }): Promise<void> => {
  const text = await readDocument(file, name);
  const server = await findServer();
  const plan = await server.call(routerRoutes.planPipeline, {
    params: { name: text.name },
    body: { source: text.source },
  });
  if (json === true) return printJson(plan);
  printTable(
    ["rule", "runs", "change", "compute", "cached", "in place", "keep", "later", "end", "not run"],
    plan.rules.map(rowOf),
    "It has no rules.",
  );
  for (const rule of plan.rules) printDetails(rule);
  printTags(plan);
  for (const notice of plan.notices) printMessage(notice);
  printMessage(sumOf(plan));
};

const rowOf = (rule: RulePlan): Cell[] => [
  ...[rule.rule, `${rule.analysis} ${rule.version}`, rule.change],
  ...[rule.compute, rule.cached, rule.inPlace, rule.keep, rule.later, rule.end, notRun(rule)],
];

const notRun = ({ notCalled, notApplicable, unknown, ambiguous, stuck, failed, refused }: RulePlan): string =>
  [
    [refused, "refused"],
    [notCalled, "not required"],
    [notApplicable, "not applicable"],
    [unknown, "unknown"],
    [ambiguous, "ambiguous"],
    [stuck, "stuck"],
    [failed, "failed"],
  ]
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
    .join(", ");

const printDetails = ({ rule, changes, examples }: RulePlan): void => {
  for (const change of changes) printText(`${rule}: ${change}`);
  for (const { slice, reason } of examples.slice(0, 3)) printText(`${rule}: ${sliceName(slice)}: ${reason}`);
};

const printTags = ({ tags }: PipelinePlan): void => {
  for (const [word, names] of Object.entries(tags))
    if (names.length > 0) printText(`tags ${word}: ${names.join(", ")}`);
};

const sumOf = ({ datasets, rules, replaces }: PipelinePlan): string => {
  const sum = (of: "compute" | "cached" | "inPlace" | "keep" | "later"): number =>
    rules.reduce((total, rule) => total + rule[of], 0);
  const where = datasets.length === 0 ? "no existing dataset" : datasets.join(", ");
  const there = sum("inPlace") + sum("keep");
  const text = `It applies to ${where} and would compute ${sum("compute")} now and ${sum("later")} later; ${there} are in place and ${sum("cached")} cached`;
  return `${text}${replaces ? "" : "; the document is new"}. Nothing was changed.`;
};
