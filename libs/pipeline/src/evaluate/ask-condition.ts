import type { Expression, QueryFacts } from "@rollerblade/query";

/** What a condition says of a slice: true where it is true of one thing that woke the rule up. */
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
