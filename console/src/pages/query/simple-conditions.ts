/** How a field is compared with a value. */
export const comparisons = ["==", "!=", ">=", "<=", ">", "<"] as const;
export type Comparison = (typeof comparisons)[number];

/** One condition of a form: a field, and the value that it is compared with; `text` is a text, anything else a number or a truth value. */
export type SimpleCondition = {
  readonly field: string;
  readonly comparison: Comparison;
  readonly value: string;
  readonly isText: boolean;
};

const one = /^([A-Za-z_][\w.]*)\s*(==|!=|>=|<=|>|<)\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?|true|false))$/;

/** The parts of an expression between `&&`, as far as these stand outside texts; null where a part is missing or a text has no end. */
const partsOf = (expression: string): string[] | null => {
  const words = expression.match(/(?:"(?:[^"\\]|\\.)*"|(?!&&)[^"])+|&&/g) ?? [];
  const isInTurn = words.every((word, at) => (word === "&&") === (at % 2 === 1));
  return isInTurn && words.length % 2 === 1 && words.join("") === expression
    ? words.filter((word) => word !== "&&").map((part) => part.trim())
    : null;
};

/**
 * The conditions of an expression that all have to be true; null where it is more than that, so that only its own editor can show it.
 * @example readConditions('subject.age >= 20 && scan.suffix == "T1w"') // two conditions
 */
export const readConditions = (expression: string): SimpleCondition[] | null => {
  if (expression.trim() === "") return [];
  const parts = partsOf(expression);
  if (parts === null) return null;
  const conditions = parts.map((part): SimpleCondition | null => {
    const [, field = "", written, quoted, plain] = one.exec(part) ?? [];
    const comparison = comparisons.find((known) => known === written);
    if (comparison === undefined) return null;
    const value = quoted === undefined ? plain : textOf(quoted);
    return value === undefined ? null : { field, comparison, value, isText: quoted !== undefined };
  });
  return conditions.some((condition) => condition === null) ? null : conditions.flatMap((condition) => condition ?? []);
};

/** The text of a literal; undefined where CEL has another way to write it than JSON. */
const textOf = (literal: string): string | undefined => {
  try {
    return String(JSON.parse(literal));
  } catch {
    return undefined;
  }
};

/** Conditions as an expression that is true where all of them are. */
export const writeConditions = (conditions: readonly SimpleCondition[]): string =>
  conditions
    .map(({ field, comparison, value, isText }) => `${field} ${comparison} ${isText ? JSON.stringify(value) : value}`)
    .join(" && ");
