import { sexOf } from "@rollerblade/abids";
import type { Refuse } from "../parse/fault.ts";
import type { BinaryOperator, Syntax } from "../parse/syntax.ts";
import { checkCall } from "./check-call.ts";
import { checkField, unquotedText } from "./check-field.ts";
import { type Fields, listFields, type ValueType } from "./fields.ts";
import { childrenOf } from "./fields-of.ts";
import type { Comparison, FieldNode, Node } from "./node.ts";
import { adviceFor, expected, inWords, mayBeUnknown, type Scope, settledIndex } from "./scope.ts";

type Binary = Syntax & { kind: "binary" };

const isNull = (syntax: Syntax): boolean => syntax.kind === "literal" && syntax.value === null;

const not = (operand: Node): Node => ({ kind: "not", type: "boolean", operand });

/** `x == null` asks whether anything is known of x. */
const checkAbsence = (asked: Syntax, operator: BinaryOperator, scope: Scope): Node => {
  const operand = check(asked, scope);
  if (!mayBeUnknown(operand)) return scope.refuse(asked, "Only a field can be compared with null");
  const has: Node = { kind: "has", type: "boolean", operand };
  return operator === "==" ? not(has) : has;
};

/** Refuses a text without quotes, `subject.group == patient`, with what to write. */
const requireQuotes = (syntax: Syntax, scope: Scope): void => {
  const advice = unquotedText(syntax, scope);
  if (advice !== undefined && syntax.kind === "name") scope.refuse(syntax, `Unknown field ${syntax.name}`, advice);
};

/** The years and the days in digits that people write for dates; as days since 1970 they are 1975 or far beyond us. */
const isYearOrDay = (node: Node): boolean =>
  node.kind === "literal" &&
  typeof node.value === "number" &&
  ((node.value >= 1900 && node.value <= 2200 && Number.isInteger(node.value)) || node.value >= 19_000_101);

/** Refuses `date(scan.acq_time) > 2024`, which would be true of all scans. */
const requireDate = (one: Node, other: Node, at: Syntax, { refuse }: Scope): void => {
  if (one.kind === "date" && isYearOrDay(other))
    refuse(at, "A date is compared with a date", 'write date("2024-09-01")');
};

/** Two operands of one operator: an index is a text beside a text, and else a number. */
const checkPair = (left: Syntax, right: Syntax, scope: Scope): [Node, Node] => {
  for (const operand of [left, right]) requireQuotes(operand, scope);
  const [one, other] = [check(left, scope), check(right, scope)];
  for (const [node, literal, at] of [
    [one, other, right],
    [other, one, left],
  ] as const) {
    if (node.type === "index") requireIndex(literal, at, scope);
    requireDate(node, literal, at, scope);
  }
  return [settledIndex(one, other.type), settledIndex(other, one.type)];
};

/** A constant that no index can be finds nothing, ever. */
const requireIndex = (node: Node, at: Syntax, { refuse }: Scope): void => {
  if (node.kind !== "literal" || node.type === "boolean") return;
  if (typeof node.value === "string" ? /^[0-9]+$/.test(node.value) : typeof node.value !== "object") return;
  refuse(at, `No index is ${JSON.stringify(node.value)}`, 'write a whole number such as 1, or "01" as it is written');
};

const sameType = (left: Node, right: Node, at: Binary, scope: Scope): void => {
  if (left.type === right.type || left.type === "dynamic" || right.type === "dynamic") return;
  const advice = adviceFor(right, left.type) ?? adviceFor(left, right.type);
  scope.refuse(
    at,
    `${inWords[left.type]} never equals ${inWords[right.type]}`.replace(/^./, (letter) => letter.toUpperCase()),
    advice,
  );
};

/** Tables spell a sex in fifteen ways, and facts in one: a constant is compared in that one, too. */
const spelledLike = (field: Node, constant: Node): Node => {
  if (field.kind !== "field" || field.path.at(-1) !== "sex" || constant.kind !== "literal") return constant;
  const sex = typeof constant.value === "string" ? sexOf(constant.value) : null;
  return sex === null ? constant : { ...constant, value: sex };
};

const checkEquality = (syntax: Binary, scope: Scope): Node => {
  if (isNull(syntax.right)) return checkAbsence(syntax.left, syntax.operator, scope);
  if (isNull(syntax.left)) return checkAbsence(syntax.right, syntax.operator, scope);
  const [one, other] = checkPair(syntax.left, syntax.right, scope);
  const [left, right] = [spelledLike(other, one), spelledLike(one, other)];
  sameType(left, right, syntax, scope);
  const equal: Node = { kind: "equal", type: "boolean", left, right };
  return syntax.operator === "==" ? equal : not(equal);
};

/** Refuses a list where one value is needed: as it never has an order, the answer would always be empty. */
const requireOne = (node: Node, at: Syntax, { fields, refuse }: Scope): void => {
  if (node.kind === "field" && Object.hasOwn(fields.known, node.name) && Object.hasOwn(listFields, node.name))
    refuse(at, `${node.name} is a list`, `write ${node.name}${listFields[node.name]}`);
};

const checkOrder = (syntax: Binary, operator: Comparison, scope: Scope): Node => {
  const [left, right] = checkPair(syntax.left, syntax.right, scope);
  requireOne(left, syntax.left, scope);
  requireOne(right, syntax.right, scope);
  const type = left.type === "dynamic" ? right.type : left.type;
  if (type === "boolean") return scope.refuse(syntax, "True and false have no order");
  const as = (node: Node, at: Syntax): Node =>
    type === "dynamic" || type === "index" ? node : expected(node, type, at, scope);
  return { kind: "compare", type: "boolean", operator, left: as(left, syntax.left), right: as(right, syntax.right) };
};

const checkArithmetic = (syntax: Binary, operator: "+" | "-" | "*" | "/" | "%", scope: Scope): Node => {
  const [left, right] = [check(syntax.left, scope), check(syntax.right, scope)];
  const joined = operator === "+" && (left.type === "text" || right.type === "text");
  const as = (node: Node, at: Syntax): Node => expected(node, joined ? "text" : "number", at, scope);
  const operands = { left: as(left, syntax.left), right: as(right, syntax.right) };
  return joined
    ? { kind: "concat", type: "text", ...operands }
    : { kind: "arithmetic", type: "number", operator, ...operands };
};

/** An index may be among numbers and among texts, and means other things there. */
const checkIndexAmong = (syntax: Binary, items: readonly Syntax[], needle: Node, scope: Scope): Node => {
  const checked = items.map((item) => {
    const node = settledIndex(check(item, scope), "number");
    requireIndex(node, item, scope);
    return node;
  });
  const among = (type: ValueType, candidates: Node[]): Node => {
    const settled = settledIndex(needle, type);
    for (const candidate of candidates) sameType(settled, candidate, syntax, scope);
    return { kind: "among", type: "boolean", needle: settled, items: candidates };
  };
  const texts = checked.filter(({ type }) => type === "text");
  const others = checked.filter(({ type }) => type !== "text");
  if (texts.length === 0) return among("number", others);
  if (others.length === 0) return among("text", texts);
  return { kind: "or", type: "boolean", left: among("number", others), right: among("text", texts) };
};

const checkAmong = (syntax: Binary, items: readonly Syntax[], scope: Scope): Node => {
  const needle = check(syntax.left, scope);
  if (needle.type === "index") return checkIndexAmong(syntax, items, needle, scope);
  const candidates = items.map((item) => {
    requireQuotes(item, scope);
    const candidate = spelledLike(needle, check(item, scope));
    sameType(needle, candidate, { ...syntax, start: item.start }, scope);
    return candidate;
  });
  return { kind: "among", type: "boolean", needle, items: candidates };
};

const checkMembership = (syntax: Binary, scope: Scope): Node => {
  if (syntax.right.kind === "list") return checkAmong(syntax, syntax.right.items, scope);
  const list = check(syntax.right, scope);
  if (list.type !== "dynamic")
    return scope.refuse(
      syntax.right,
      `This is ${inWords[list.type]} where a list is needed`,
      list.kind === "literal" ? `write [${JSON.stringify(list.value)}]` : undefined,
    );
  return { kind: "member", type: "boolean", needle: settledIndex(check(syntax.left, scope), "number"), list };
};

const checkBinary = (syntax: Binary, scope: Scope): Node => {
  const { operator } = syntax;
  const truth = (part: Syntax): Node => expected(check(part, scope), "boolean", part, scope);
  switch (operator) {
    case "&&":
      return { kind: "and", type: "boolean", left: truth(syntax.left), right: truth(syntax.right) };
    case "||":
      return { kind: "or", type: "boolean", left: truth(syntax.left), right: truth(syntax.right) };
    case "==":
    case "!=":
      return checkEquality(syntax, scope);
    case "in":
      return checkMembership(syntax, scope);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return checkOrder(syntax, operator, scope);
    default:
      return checkArithmetic(syntax, operator, scope);
  }
};

const checkConditional = (syntax: Syntax & { kind: "conditional" }, scope: Scope): Node => {
  const test = expected(check(syntax.test, scope), "boolean", syntax.test, scope);
  const [yes, no] = checkPair(syntax.yes, syntax.no, scope);
  const type = yes.type === no.type ? yes.type : yes.type === "dynamic" || no.type === "dynamic" ? "dynamic" : null;
  if (type === null) return scope.refuse(syntax, "Both outcomes of ? : need the same type");
  return { kind: "if", type, test, yes, no };
};

const typeOf = (value: null | boolean | number | string): ValueType => {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return "number";
  return typeof value === "string" ? "text" : "dynamic";
};

const checkLiteral = (syntax: Syntax & { kind: "literal" }, { refuse }: Scope): Node =>
  syntax.value === null
    ? refuse(syntax, "null can only be compared with a field by == or !=")
    : { kind: "literal", type: typeOf(syntax.value), value: syntax.value };

/** A list outside of `in` is a constant that a whole list can be compared with. */
const checkList = (syntax: Syntax & { kind: "list" }, { refuse }: Scope): Node => {
  const value = syntax.items.map((item) =>
    item.kind === "literal" ? item.value : refuse(item, "A list holds constants only"),
  );
  return { kind: "literal", type: "dynamic", value };
};

const check = (syntax: Syntax, scope: Scope): Node => {
  switch (syntax.kind) {
    case "literal":
      return checkLiteral(syntax, scope);
    case "name":
    case "member":
    case "index":
      return checkField(syntax, scope);
    case "call":
      return checkCall(syntax, scope);
    case "list":
      return checkList(syntax, scope);
    case "conditional":
      return checkConditional(syntax, scope);
    case "not":
      return not(expected(check(syntax.operand, scope), "boolean", syntax.operand, scope));
    case "negative":
      return checkNegative(syntax, scope);
    case "binary":
      return checkBinary(syntax, scope);
  }
};

const checkNegative = (syntax: Syntax & { kind: "negative" }, scope: Scope): Node => {
  const operand = expected(check(syntax.operand, scope), "number", syntax.operand, scope);
  if (operand.kind === "literal" && typeof operand.value === "number") return { ...operand, value: -operand.value };
  return {
    kind: "arithmetic",
    type: "number",
    operator: "-",
    left: { kind: "literal", type: "number", value: 0 },
    right: operand,
  };
};

/** Checks a whole condition. @throws Problem `invalid` with the position of an unknown field or a wrong type */
export const checkCondition = (syntax: Syntax, fields: Fields, refuse: Refuse): Node => {
  const scope = { fields, refuse, elements: new Map(), check };
  return bounded(expected(check(syntax, scope), "boolean", syntax, scope), syntax, refuse);
};

/**
 * Checks an expression whose value is shown, of whatever type. A field by itself is shown as it was recorded, an index with
 * its zeros. @throws Problem `invalid` with the position of an unknown field or a wrong type
 */
export const checkColumn = (syntax: Syntax, fields: Fields, refuse: Refuse): Node => {
  const node = check(syntax, { fields, refuse, elements: new Map(), check });
  return node.kind === "field" ? { ...node, type: "dynamic" } : bounded(node, syntax, refuse);
};

const bounded = (node: Node, syntax: Syntax, refuse: Refuse): Node =>
  walkedElements(node) > maxWalkedElements
    ? refuse(
        syntax,
        "This walks through lists within lists too often",
        "at most two of exists and all may stand within each other, and few of those beside each other",
      )
    : node;

/** Elements that a list is taken to have when the cost of an expression is estimated. */
const assumedElements = 1_000;

/** Three pairs of walks within each other. */
const maxWalkedElements = 3 * assumedElements * (assumedElements + 1);

/** How many elements `exists` and `all` look at for one scan, if every list has a thousand. */
const walkedElements = (node: Node): number => {
  const [first, ...others] = childrenOf(node).map(walkedElements);
  const below = others.reduce((sum, one) => sum + one, first ?? 0);
  return node.kind === "some" || node.kind === "every" ? assumedElements * (1 + below) : below;
};

/** Checks the name of a field by itself; null for any other expression. @throws Problem `invalid` for an unknown field */
export const checkReference = (syntax: Syntax, fields: Fields, refuse: Refuse): FieldNode | null => {
  if (syntax.kind !== "name" && syntax.kind !== "member" && syntax.kind !== "index") return null;
  const node = checkField(syntax, { fields, refuse, elements: new Map(), check });
  return node.kind === "field" ? node : null;
};
