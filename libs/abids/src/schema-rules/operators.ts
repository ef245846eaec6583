import type { Evaluate } from "./expression-context.ts";

/** One for all: it is thrown a hundred times for each file, and a stack trace costs more than all the rest. */
const ofNothing = new TypeError("no member of nothing");

/**
 * A member of an object or list, or a letter of a text. @throws TypeError for a member of nothing, which makes all of
 * the expression null
 */
export const member = (value: unknown, key: unknown): unknown => {
  if (value === null || value === undefined) throw ofNothing;
  if (typeof value === "string") return value[Number(key)];
  return typeof value === "object" && Object.hasOwn(value, String(key)) ? Reflect.get(value, String(key)) : undefined;
};

/** An operation on two operands, as JavaScript does it. */
export const binary = (sign: string, left: Evaluate, right: Evaluate): Evaluate => {
  if (sign === "&&") return (context) => left(context) && right(context);
  if (sign === "||") return (context) => left(context) || right(context);
  const operate = operations[sign];
  if (operate === undefined) throw new SyntaxError(`${sign} is not an operator`);
  return (context) => operate(left(context), right(context));
};

const operations: Readonly<Record<string, (left: unknown, right: unknown) => unknown>> = {
  "==": (left, right) => isEqual(left, right),
  "!=": (left, right) => !isEqual(left, right),
  "<": (left, right) => Number(left) < Number(right),
  "<=": (left, right) => Number(left) <= Number(right),
  ">": (left, right) => Number(left) > Number(right),
  ">=": (left, right) => Number(left) >= Number(right),
  "+": (left, right) =>
    typeof left === "string" || typeof right === "string" ? `${left}${right}` : Number(left) + Number(right),
  "-": (left, right) => Number(left) - Number(right),
  "*": (left, right) => Number(left) * Number(right),
  "/": (left, right) => Number(left) / Number(right),
  "%": (left, right) => Number(left) % Number(right),
  "**": (left, right) => Number(left) ** Number(right),
  in: (key, value) => {
    if (typeof value !== "object" || value === null) throw ofNothing;
    // `"micr" in dataset.modalities`: of a list the schema means its items.
    if (Array.isArray(value)) return value.includes(key);
    return Object.hasOwn(value, String(key));
  },
};

/** Nothing equals nothing only; a number equals a text that writes it. */
const isEqual = (left: unknown, right: unknown): boolean => {
  const isNothing = left === null || left === undefined;
  if (isNothing || right === null || right === undefined) return isNothing && (right === null || right === undefined);
  return typeof left === typeof right || typeof left === "object" || typeof right === "object"
    ? left === right
    : Number(left) === Number(right);
};
