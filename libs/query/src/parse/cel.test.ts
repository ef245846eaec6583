import { evaluate } from "@marcbachmann/cel-js";
import type { JsonObject } from "@rollerblade/abids";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression } from "../expression.ts";

/** Facts without null, which CEL takes for a value and a table for nothing. */
const attributes: fc.Arbitrary<JsonObject> = fc.record(
  {
    age: fc.integer({ min: -400, max: 400 }).map((quarters) => quarters / 4),
    sex: fc.constantFrom("M", "F", "O"),
    healthy: fc.boolean(),
    kinds: fc.array(fc.constantFrom("M", "F", "é", "\u{1f9e0}x"), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(fc.constantFrom("<", "<=", ">", ">=", "==", "!="), fc.double({ noNaN: true, min: 0, max: 90 }))
      .map(([op, n]) => `subject.age ${op} ${n.toFixed(2)}`),
    fc
      .tuple(fc.constantFrom("+", "-", "*", "/"), fc.constantFrom("<", ">="))
      .map(([op, than]) => `subject.age ${op} 2.5 ${than} 10.0`),
    fc
      .tuple(fc.constantFrom("==", "!=", "<", ">="), fc.constantFrom("M", "F", "x"))
      .map(([op, text]) => `subject.sex ${op} "${text}"`),
    fc.constantFrom("startsWith", "endsWith", "contains", "matches").map((name) => `subject.sex.${name}("o")`),
    fc.subarray(["M", "F", "O"]).map((list) => `subject.sex in ${JSON.stringify(list)}`),
    fc.constantFrom(
      "subject.healthy",
      "has(subject.age)",
      "has(subject.sex)",
      '"M" in subject.kinds',
      "size(subject.kinds) == 2",
      "size(subject.sex) > 1",
    ),
    fc.constantFrom("exists", "all").map((name) => `subject.kinds.${name}(k, k == "M" || size(k) > 1)`),
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([l, op, r]) => `(${l}) ${op} (${r})`),
    tie("condition").map((operand) => `!(${operand})`),
    fc.tuple(tie("condition"), tie("condition"), tie("condition")).map(([c, l, r]) => `((${c}) ? (${l}) : (${r}))`),
  ),
}));

const inCel = (source: string, subject: JsonObject): unknown => {
  try {
    return evaluate(source, { subject });
  } catch {
    return "unknown";
  }
};

test("conditions mean what CEL defines, and are unknown where CEL fails", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(condition, fc.array(attributes, { minLength: 1, maxLength: 5 }), (source, subjects) => {
      const { evaluate } = compileExpression(source);
      for (const subject of subjects) {
        const verdict = evaluate({ subject });
        expect("value" in verdict ? verdict.value : "unknown", source).toBe(inCel(source, subject));
      }
    }),
    { numRuns: 2_000 },
  );
});
