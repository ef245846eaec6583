import { checkColumn, checkCondition, checkReference } from "./check/check.ts";
import { type Fields, standardFields } from "./check/fields.ts";
import { fieldsOf } from "./check/fields-of.ts";
import type { FieldNode, Node } from "./check/node.ts";
import type { Evaluate } from "./evaluate/combine.ts";
import { compileNodes } from "./evaluate/evaluate.ts";
import type { Value } from "./evaluate/value.ts";
import type { QueryFacts } from "./facts.ts";
import { parseCel } from "./parse/cel.ts";
import { refuseIn } from "./parse/fault.ts";

/** True, false, or neither, with the fields that nobody recorded (or recorded as something else than is needed). */
export type Verdict = { readonly value: boolean } | { readonly unknown: readonly string[] };

/** A condition that was checked once and can be asked of any number of facts. */
export type Expression = {
  readonly source: string;
  readonly ast: Node;
  /** Every field that the expression speaks of. */
  readonly fields: readonly string[];
  /** Never throws. */
  readonly evaluate: (facts: QueryFacts) => Verdict;
};

const yes: Verdict = { value: true };
const no: Verdict = { value: false };

/** A field by itself, as it is named outside of conditions. */
export type FieldReference = {
  /** Groups and keys from the top: `["metadata", "SliceTiming", 0]`. */
  readonly path: FieldNode["path"];
  readonly type: FieldNode["type"];
};

/**
 * Reads the name of one field, such as `subject.phenotype.bdi.total` or `subject["handedness (left)"]`. @throws Problem
 * `invalid` for what is not a field, with the nearest names
 */
export const readFieldName = (source: string, fields: Fields = standardFields): FieldReference => {
  const refuse = refuseIn(source);
  const node = checkReference(parseCel(source), fields, refuse);
  return node ?? refuse({ start: 0 }, `${source} is not the name of a field`);
};

/**
 * Parses and checks a CEL condition. Throws a `Problem` (`invalid`) that states what is wrong, at which line and
 * column, and for an unknown field or function which names are nearest.
 */
export const compileExpression = (source: string, fields: Fields = standardFields): Expression => {
  const ast = checkCondition(parseCel(source), fields, refuseIn(source));
  // The evaluator is made when it is first asked: an expression that is only written as SQL has no need of it.
  let run: Evaluate = (facts, missing) => {
    run = compileNodes(ast);
    return run(facts, missing);
  };
  const unknown = (facts: QueryFacts): Verdict => {
    const missing: string[] = [];
    run(facts, missing);
    return { unknown: [...new Set(missing)] };
  };
  return {
    source,
    ast,
    fields: fieldsOf(ast),
    evaluate: (facts) => {
      const value = run(facts, null);
      return value === undefined ? unknown(facts) : value === true ? yes : no;
    },
  };
};

/** An expression whose value is shown, as a column of a table. */
export type Column = {
  readonly source: string;
  readonly ast: Node;
  /** Every field that the expression speaks of. */
  readonly fields: readonly string[];
  /** Undefined where the value is unknown. */
  readonly evaluate: (facts: QueryFacts) => Value;
};

/**
 * Parses and checks a column of a result: a field (`subject.age`), or any expression of fields (`subject.sessions.size()`).
 * @throws Problem `invalid`, as {@link compileExpression}
 */
export const compileColumn = (source: string, fields: Fields = standardFields): Column => {
  const ast = checkColumn(parseCel(source), fields, refuseIn(source));
  let run: Evaluate = (facts, missing) => {
    run = compileNodes(ast);
    return run(facts, missing);
  };
  return { source, ast, fields: fieldsOf(ast), evaluate: (facts) => run(facts, null) };
};
