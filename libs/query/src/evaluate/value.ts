import type { Json, JsonObject } from "@rollerblade/abids";

/** A value, or undefined where it is unknown. */
export type Value = Json | undefined;

/** True of an object that is not a list. */
export const isObject = (value: Value): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isList = (value: Value): value is readonly Json[] => Array.isArray(value);

const equalLists = (left: readonly Json[], right: readonly Json[]): boolean =>
  left.length === right.length && left.every((item, index) => sameValue(item, right[index]));

const equalObjects = (left: JsonObject, right: JsonObject): boolean => {
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]))
  );
};

/** Compares JSON values; the order of keys does not matter. */
export const sameValue = (left: Value, right: Value): boolean => {
  if (left === right) return true;
  if (isList(left)) return isList(right) && equalLists(left, right);
  return isObject(left) && isObject(right) && equalObjects(left, right);
};

/** Order by code point, which is the order of bytes in UTF-8; JavaScript's own is by UTF-16 unit. */
const compareText = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    if (left.charCodeAt(index) === right.charCodeAt(index)) continue;
    return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0);
  }
  return left.length - right.length;
};

/** A number below, at or above zero; undefined where the two have no order. */
export const compareValues = (left: Value, right: Value): number | undefined => {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return typeof left === "string" && typeof right === "string" ? compareText(left, right) : undefined;
};

/** Letters of a text (code points), elements of a list, keys of an object. */
export const sizeOf = (value: Value): number | undefined => {
  if (typeof value === "string") return Array.from(value).length;
  if (isList(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
};

/** The least or greatest of a list of numbers; undefined for an empty list and where something in it is not a number. */
export const extremeOf = (which: "min" | "max", list: Value): number | undefined => {
  if (!isList(list) || list.length === 0) return undefined;
  let extreme: number | undefined;
  for (const item of list) {
    if (typeof item !== "number") return undefined;
    if (extreme === undefined || (which === "min" ? item < extreme : item > extreme)) extreme = item;
  }
  return extreme;
};

/** Whether a plain value is an element of a list, or a text is a key of an object. */
export const isMember = (needle: Value, list: Value): boolean | undefined => {
  if (typeof needle === "object" || needle === undefined) return undefined;
  if (isList(list)) return list.some((item) => item === needle);
  return isObject(list) && typeof needle === "string" ? Object.hasOwn(list, needle) : undefined;
};

/**
 * Numbers that can be calculated with: zero, or between 1e-150 and 1e150 in size, so that no result is too large or too
 * small for double precision, which PostgreSQL would refuse. Beyond them a result is unknown.
 */
export const calculable = { least: 1e-150, most: 1e150 } as const;

const isCalculable = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= calculable.least && Math.abs(value) <= calculable.most);

const remainder = (left: number, right: number): number | undefined =>
  Number.isSafeInteger(left) && Number.isSafeInteger(right) ? left % right : undefined;

/** The result, or undefined for a division by zero and for numbers that cannot be calculated with. */
export const calculate = (operator: "+" | "-" | "*" | "/" | "%", left: number, right: number): number | undefined => {
  if (!isCalculable(left) || !isCalculable(right)) return undefined;
  if ((operator === "/" || operator === "%") && right === 0) return undefined;
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  return operator === "/" ? left / right : remainder(left, right);
};
