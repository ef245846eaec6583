import type { PipelineDocument, Rule } from "./document.ts";
import type { Fault } from "./faults.ts";

/** The analyses whose outputs a rule looks at or collects, according to the document itself. */
export const watched = (rule: Rule): string[] => [
  ...(rule.on.kind === "derivative" ? [rule.on.analysis] : []),
  ...(rule.join?.need.map((need) => need.analysis) ?? []),
];

/** Rules that start each other for ever. */
export const ruleCycle = (document: PipelineDocument): Fault[] => cycleFaults(document.rules, watched);

/** The first cycle among rules, given which analyses each one waits for. */
export const cycleFaults = (rules: readonly Rule[], awaited: (rule: Rule) => readonly string[]): Fault[] => {
  const cycle = findCycle(rules, (rule) => rules.filter((maker) => awaited(rule).includes(maker.run.analysis)));
  const [first] = cycle;
  if (first === undefined) return [];
  const path = [...cycle, first].map((rule) => rule.name).join(" → ");
  return [{ position: first.position, part: `rule ${first.name}`, field: "on", message: `waits for itself: ${path}` }];
};

const findCycle = (rules: readonly Rule[], before: (rule: Rule) => readonly Rule[]): readonly Rule[] => {
  const finished = new Set<Rule>();
  const visit = (rule: Rule, path: readonly Rule[]): readonly Rule[] => {
    if (path.includes(rule)) return path.slice(path.indexOf(rule));
    if (finished.has(rule)) return [];
    for (const next of before(rule)) {
      const cycle = visit(next, [...path, rule]);
      if (cycle.length > 0) return cycle;
    }
    finished.add(rule);
    return [];
  };
  return rules.map((rule) => visit(rule, [])).find((cycle) => cycle.length > 0) ?? [];
};
