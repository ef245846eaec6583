import type { Expression, QueryFacts } from "@rollerblade/query";

/** Evaluates a condition for a slice: it is true where it holds for one of the things that triggered the rule. */
export type Asked =
  | { readonly is: "true" }
  | { readonly is: "false" }
  | { readonly is: "unknown"; readonly fields: readonly string[] };

/** Asks for each trigger; without a condition everything is let through. */
export const askCondition = (condition: Expression | null, triggers: readonly QueryFacts[]): Asked => {
  if (condition === null) return { is: "true" };
  const fields = new Set<string>();
  for (const facts of triggers) {
    const answer = condition.evaluate(facts);
    if ("unknown" in answer) for (const field of answer.unknown) fields.add(field);
    else if (answer.value) return { is: "true" };
  }
  return fields.size > 0 ? { is: "unknown", fields: [...fields] } : { is: "false" };
};
