import type { QueryFacts } from "../facts.ts";
import type { Value } from "./value.ts";

/** Evaluates a node; the fields that made it unknown are added to `missing` where somebody asks for them. */
export type Evaluate = (facts: QueryFacts, missing: string[] | null) => Value;

/** Kleene's logic: `decided` is the outcome that one operand alone can bring about. */
export const logic =
  (decided: boolean, left: Evaluate, right: Evaluate): Evaluate =>
  (facts, missing) => {
    const before = missing?.length ?? 0;
    const first = left(facts, missing);
    if (first === decided) return decided;
    const second = right(facts, missing);
    if (second === decided) {
      if (missing) missing.length = before;
      return decided;
    }
    return first === undefined || second === undefined ? undefined : !decided;
  };

/** Combines two known values; with one unknown, so is the outcome. */
export const both =
  (left: Evaluate, right: Evaluate, combine: (left: Value, right: Value) => Value): Evaluate =>
  (facts, missing) => {
    const first = left(facts, missing);
    const second = right(facts, missing);
    return first === undefined || second === undefined ? undefined : combine(first, second);
  };

/** Changes a known value. */
export const map =
  (operand: Evaluate, change: (value: Value) => Value): Evaluate =>
  (facts, missing) => {
    const value = operand(facts, missing);
    return value === undefined ? undefined : change(value);
  };

/** Marks a value as unknown, by the fields it came from, where it is so for another reason than absence. */
export const blame = (
  fields: readonly string[],
  evaluate: (facts: QueryFacts, missing: string[] | null) => Value,
): Evaluate => {
  return (facts, missing) => {
    const before = missing?.length;
    const value = evaluate(facts, missing);
    if (value === undefined && missing?.length === before) missing?.push(...fields);
    return value;
  };
};
