type SchemaFunction = (...operands: readonly unknown[]) => unknown;

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (isList(value) ? value : [value]);
const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

const numbersOf = (value: unknown): number[] =>
  listOf(value)
    .map(Number)
    .filter((number) => !Number.isNaN(number));

/** Not by spreading: a column may have a million values. */
const extreme = (value: unknown, pick: (a: number, b: number) => number, start: number): number | null =>
  isNothing(value) ? null : numbersOf(value).reduce((best, number) => pick(best, number), start);

const orders: Readonly<Record<string, (a: unknown, b: unknown) => number>> = {
  numeric: (a, b) => Number(a) - Number(b),
  lexical: (a, b) => String(a).localeCompare(String(b)),
  auto: (a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0),
};

const isBefore = (a: unknown, b: unknown): boolean =>
  typeof a === "string" && typeof b === "string" ? a < b : Number(a) < Number(b);

const intersects = (a: unknown, b: unknown): readonly unknown[] | false => {
  const both = new Set(listOf(b));
  const found = listOf(a).filter((item) => both.has(item));
  return found.length > 0 && !isNothing(a) && !isNothing(b) && found;
};

const compiled = new Map<string, RegExp>();

const match = (target: unknown, pattern: unknown): boolean | null => {
  if (isNothing(target)) return null;
  if (isNothing(pattern)) return false;
  const source = String(pattern);
  const expression = compiled.get(source) ?? new RegExp(source);
  compiled.set(source, expression);
  return expression.test(String(target));
};

const equalLists = (a: unknown, b: unknown): boolean =>
  (isNothing(a) && isNothing(b)) ||
  (isList(a) && isList(b) && a.length === b.length && a.every((item, index) => item === b[index]));

/** The functions of the schema's language; `exists` belongs to the dataset. @see meta.expression_tests of the schema */
export const functions: Readonly<Record<string, SchemaFunction>> = {
  allequal: equalLists,
  count: (list, value) => listOf(list).filter((item) => item === value).length,
  index: (list, value) => {
    const at = listOf(list).indexOf(value);
    return at < 0 ? null : at;
  },
  intersects,
  length: (value) => (isList(value) || typeof value === "string" ? value.length : null),
  match,
  max: (value) => extreme(value, Math.max, Number.NEGATIVE_INFINITY),
  min: (value) => extreme(value, Math.min, Number.POSITIVE_INFINITY),
  sorted: (list, order = "auto") => (isNothing(list) ? null : listOf(list).toSorted(orders[String(order)])),
  substr: (text, from, to) =>
    typeof text === "string" && !isNothing(from) && !isNothing(to) ? text.slice(Number(from), Number(to)) : null,
  type: (value) => (isList(value) ? "array" : isNothing(value) ? "null" : typeof value),
  unique: (list) => (isNothing(list) ? null : [...new Set(listOf(list))]),
};
