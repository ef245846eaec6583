import { daysSince1970 } from "../check/date.ts";
import { fieldsOf } from "../check/fields-of.ts";
import type { Node, RecordedNode } from "../check/node.ts";
import { blame, both, type Evaluate, logic, map } from "./combine.ts";
import { evaluateDerivative } from "./evaluate-derivative.ts";
import { evaluateField, evaluateHas, typeNames } from "./evaluate-field.ts";
import { evaluateResult, lookUpResult } from "./evaluate-result.ts";
import { calculate, compareValues, extremeOf, isMember, sameValue, sizeOf, type Value } from "./value.ts";

/**
 * Elements that are walked through at the moment, by id, and the steps that are left; evaluation is synchronous, so one place is enough.
 */
type Elements = { readonly values: Value[]; steps: number };

/** Elements and letters that one evaluation looks at; the conditions of one rule are evaluated for every slice. */
const maxSteps = 200_000;

const order = {
  "<": (difference: number) => difference < 0,
  "<=": (difference: number) => difference <= 0,
  ">": (difference: number) => difference > 0,
  ">=": (difference: number) => difference >= 0,
} as const;

const compare = (node: Node & { kind: "compare" }, elements: Elements): Evaluate => {
  const holds = order[node.operator];
  return both(compile(node.left, elements), compile(node.right, elements), (left, right) => {
    const difference = compareValues(left, right);
    return difference === undefined ? undefined : holds(difference);
  });
};

const among = (node: Node & { kind: "among" }, elements: Elements): Evaluate => {
  const needle = compile(node.needle, elements);
  const never = map(needle, () => false);
  return node.items
    .map((item) => both(needle, compile(item, elements), sameValue))
    .reduce((left, right) => logic(true, left, right), never);
};

const textTests = {
  startsWith: (subject: string, part: string) => subject.startsWith(part),
  endsWith: (subject: string, part: string) => subject.endsWith(part),
  contains: (subject: string, part: string) => subject.includes(part),
} as const;

const ofTexts = (combine: (left: string, right: string) => Value) => (left: Value, right: Value) =>
  typeof left === "string" && typeof right === "string" ? combine(left, right) : undefined;

const conditional = (node: Node & { kind: "if" }, elements: Elements): Evaluate => {
  const [test, yes, no] = [compile(node.test, elements), compile(node.yes, elements), compile(node.no, elements)];
  return (facts, missing) => {
    const outcome = test(facts, missing);
    return outcome === undefined ? undefined : (outcome === true ? yes : no)(facts, missing);
  };
};

/** `some` is a long `||` over the elements, `every` a long `&&`. */
const walk = (node: Node & { kind: "some" | "every" }, elements: Elements): Evaluate => {
  const [list, body] = [compile(node.list, elements), compile(node.body, elements)];
  const decided = node.kind === "some";
  return (facts, missing) => {
    const items = list(facts, missing);
    if (!Array.isArray(items)) return undefined;
    const before = missing?.length ?? 0;
    let outcome: boolean | undefined = !decided;
    for (const item of items) {
      elements.steps -= 1;
      if (elements.steps < 0) return undefined;
      elements.values[node.element.id] = item === null ? undefined : item;
      const value = body(facts, missing);
      if (value === undefined) outcome = undefined;
      if (value !== decided) continue;
      if (missing) missing.length = before;
      return decided;
    }
    return outcome;
  };
};

const has = (operand: RecordedNode, elements: Elements): Evaluate => {
  if (operand.kind === "element") return () => elements.values[operand.id] !== undefined;
  if (operand.kind === "field") return evaluateHas(operand);
  const look = lookUpResult(operand.wanted);
  return (facts) => look(facts) !== undefined;
};

const compileNode = (node: Node, elements: Elements): Evaluate => {
  const go = (child: Node): Evaluate => compile(child, elements);
  switch (node.kind) {
    case "literal":
      return () => node.value;
    case "field":
      return evaluateField(node);
    case "element":
      return () => elements.values[node.id];
    case "as":
      return map(go(node.operand), (value) => (typeof value === typeNames[node.type] ? value : undefined));
    case "date":
      return map(go(node.operand), (text) => (typeof text === "string" ? daysSince1970(text) : undefined));
    case "result":
      return evaluateResult(node.wanted);
    case "digits":
      return map(go(node.operand), (text) =>
        typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : undefined,
      );
    case "not":
      return map(go(node.operand), (value) => value === false);
    case "and":
      return logic(false, go(node.left), go(node.right));
    case "or":
      return logic(true, go(node.left), go(node.right));
    case "equal":
      return both(go(node.left), go(node.right), sameValue);
    case "compare":
      return compare(node, elements);
    case "among":
      return among(node, elements);
    case "member":
      return both(go(node.needle), go(node.list), isMember);
    case "arithmetic":
      return both(go(node.left), go(node.right), (left, right) =>
        typeof left === "number" && typeof right === "number" ? calculate(node.operator, left, right) : undefined,
      );
    case "concat":
      return both(
        go(node.left),
        go(node.right),
        ofTexts((left, right) => left + right),
      );
    case "if":
      return conditional(node, elements);
    case "has":
      return has(node.operand, elements);
    case "derivative":
      return evaluateDerivative(node.wanted);
    case "size":
      return map(go(node.operand), sizeOf);
    case "extreme":
      return map(go(node.operand), (list) => {
        elements.steps -= Array.isArray(list) ? list.length : 0;
        return elements.steps < 0 ? undefined : extremeOf(node.which, list);
      });
    case "text":
      return both(go(node.subject), go(node.part), ofTexts(textTests[node.test]));
    case "matches":
      return map(go(node.subject), (text) => {
        if (typeof text !== "string") return undefined;
        elements.steps -= text.length;
        return elements.steps < 0 ? undefined : node.pattern.test(text);
      });
    case "some":
    case "every":
      return walk(node, elements);
  }
};

const mayFailOnPresentValues = new Set<Node["kind"]>([
  "element",
  "as",
  "digits",
  "date",
  "compare",
  "member",
  "arithmetic",
  "size",
  "extreme",
  "some",
  "every",
  "matches",
]);

const compile = (node: Node, elements: Elements): Evaluate => {
  const evaluate = compileNode(node, elements);
  return mayFailOnPresentValues.has(node.kind) ? blame(fieldsOf(node), evaluate) : evaluate;
};

/**
 * A function that evaluates a checked expression without looking at its tree again. What takes more than {@link maxSteps} is unknown, by
 * the fields that hold so much.
 */
export const compileNodes = (node: Node): Evaluate => {
  const elements: Elements = { values: [], steps: maxSteps };
  const evaluate = compile(node, elements);
  return (facts, missing) => {
    elements.steps = maxSteps;
    return evaluate(facts, missing);
  };
};
