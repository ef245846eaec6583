import type { ColumnSchema, ColumnsRule } from "../schema/reduce-rules.ts";
import type { Columns } from "./columns.ts";
import { columnSchemas, formats } from "./content-rules.ts";

/** What is wrong with a table's columns: the rule that it breaks, and how. */
export type ColumnFault = {
  readonly rule: "missing-column" | "column-order" | "bad-value" | "duplicate-row" | "undefined-column";
  readonly message: string;
};

/**
 * Holds the columns of a table against a rule of the schema, and against its data dictionary, which is its sidecar.
 * `firstLine`: of its cells; compressed tables have no line of names before them.
 */
export const faultsOfColumns = (
  { columns: rules, initial, index, additional }: ColumnsRule,
  columns: Columns,
  dictionary: Readonly<Record<string, unknown>>,
  firstLine = 2,
): ColumnFault[] => {
  const named = new Map(rules.map(({ key, level }) => [columnSchemas.get(key)?.name ?? key, { key, level }]));
  const nameOf = (key: string): string => columnSchemas.get(key)?.name ?? key;
  const missing = [...named].filter(([name, { level }]) => level === "required" && columns[name] === undefined);
  const others = Object.keys(columns).filter((name) => name !== "" && !named.has(name));
  return [
    ...missing.map(([name]) => fault("missing-column", `has no column ${name}`)),
    ...faultsOfOrder(initial.map(nameOf), Object.keys(columns).reverse()),
    ...faultsOfIndex(index.map(nameOf), columns, firstLine),
    ...[...named].flatMap(([name, { key }]) =>
      faultsOfCells(name, columns[name], columnSchemas.get(key), dictionary[name], firstLine),
    ),
    ...others.flatMap((name) => faultsOfOther(name, columns[name], additional, dictionary, firstLine)),
  ];
};

const fault = (rule: ColumnFault["rule"], message: string): ColumnFault => ({ rule, message });

const faultsOfOrder = (initial: readonly string[], heads: readonly string[]): ColumnFault[] =>
  initial
    .filter((name) => heads.includes(name))
    .flatMap((name, place) =>
      heads.indexOf(name) === place
        ? []
        : [fault("column-order", `has ${name} as column ${heads.indexOf(name) + 1}; it must be column ${place + 1}`)],
    );

/** One row a participant, a file, a session. */
const faultsOfIndex = (index: readonly string[], columns: Columns, firstLine: number): ColumnFault[] => {
  const present = index.flatMap((name) => (columns[name] === undefined ? [] : [columns[name]]));
  const seen = new Set<string>();
  const twice: ColumnFault[] = [];
  for (let row = 0; row < (present[0]?.length ?? 0) && twice.length < maxRows; row++) {
    const value = present.map((cells) => cells[row] ?? "").join(" ");
    if (seen.has(value)) twice.push(fault("duplicate-row", `line ${row + firstLine} is the second one for ${value}`));
    seen.add(value);
  }
  return twice;
};

const maxRows = 20;

const faultsOfOther = (
  name: string,
  cells: readonly string[] | undefined,
  additional: string,
  dictionary: Readonly<Record<string, unknown>>,
  firstLine: number,
): ColumnFault[] => {
  const definition = dictionary[name];
  if (additional === "not_allowed") return [fault("bad-value", `has the column ${name}, which is not allowed here`)];
  if (isObject(definition)) return faultsOfCells(name, cells, undefined, definition, firstLine);
  if (additional === "allowed_if_defined")
    return [fault("bad-value", `has the column ${name}, which its sidecar must define`)];
  return [fault("undefined-column", name)];
};

type Expected = {
  readonly pattern: RegExp | null;
  readonly levels: readonly string[] | null;
  readonly minimum: number;
  readonly maximum: number;
};

const faultsOfCells = (
  name: string,
  cells: readonly string[] | undefined,
  schema: ColumnSchema | undefined,
  definition: unknown,
  firstLine: number,
): ColumnFault[] => {
  if (cells === undefined) return [];
  const expected = expectedOf(schema, isObject(definition) ? definition : null);
  const wrong = expected === null ? -1 : cells.findIndex((cell) => !isFine(cell, expected) && !isOldAge(name, cell));
  const cell = cells[wrong];
  if (cell === undefined || expected === null) return [];
  const hint = /^\s*(na|nan|n\/a|null|none)\s*$/i.test(cell) || cell === "" ? "; did you mean n/a?" : "";
  const wanted =
    expected.levels === null
      ? ""
      : ` (one of ${expected.levels.slice(0, 20).join(", ")}${expected.levels.length > 20 ? " …" : ""})`;
  return [
    fault(
      "bad-value",
      `line ${wrong + firstLine} has ${JSON.stringify(cell.slice(0, 60))} as ${name}, which is not a valid value${wanted}${hint}`,
    ),
  ];
};

/** Older datasets hide ages above 89 so. */
const isOldAge = (name: string, cell: string): boolean => name === "age" && cell === "89+";

const isFine = (cell: string, { pattern, levels, minimum, maximum }: Expected): boolean => {
  if (cell === "n/a") return true;
  if (pattern?.test(cell) === false || levels?.includes(cell) === false) return false;
  const number = Number.parseFloat(cell);
  return Number.isNaN(number) || (number >= minimum && number <= maximum);
};

/**
 * A dictionary replaces a definition that the schema gives as an example, and refines all others. Null: anything goes.
 */
const expectedOf = (
  schema: ColumnSchema | undefined,
  definition: Readonly<Record<string, unknown>> | null,
): Expected | null => {
  const defined = definition ?? schema?.definition ?? null;
  if (schema === undefined || schema.definition !== undefined) return defined === null ? null : fromDictionary(defined);
  const base = fromSchema(schema);
  const refined = definition === null ? null : fromDictionary(definition);
  const levels =
    refined?.levels?.every((level) => base.levels?.includes(level) !== false) === true ? refined.levels : base.levels;
  return trivial({ ...base, levels });
};

const fromSchema = (schema: ColumnSchema): Expected => ({
  pattern: schema.pattern === undefined ? patternOf(formatsOf(schema)) : anchored(schema.pattern),
  levels: schema.enum?.map(String) ?? null,
  minimum: schema.minimum ?? Number.NEGATIVE_INFINITY,
  maximum: schema.maximum ?? Number.POSITIVE_INFINITY,
});

const formatsOf = (schema: { format?: string; type?: string; anyOf?: readonly object[] }): string[] =>
  schema.anyOf?.flatMap((one) => formatsOf(one)) ?? [schema.format ?? schema.type ?? "string"];

const fromDictionary = (definition: Readonly<Record<string, unknown>>): Expected | null => {
  const { Format: format, Units: units, Levels: levels, Minimum: minimum, Maximum: maximum } = definition;
  const known = typeof format === "string" && formats.has(format) ? format : null;
  return trivial({
    pattern: patternOf([known ?? (units === undefined || isObject(levels) ? "string" : "number")]),
    levels: isObject(levels) ? Object.keys(levels) : null,
    minimum: typeof minimum === "number" ? minimum : Number.NEGATIVE_INFINITY,
    maximum: typeof maximum === "number" ? maximum : Number.POSITIVE_INFINITY,
  });
};

const trivial = (expected: Expected): Expected | null =>
  expected.pattern === null &&
  expected.levels === null &&
  expected.minimum === Number.NEGATIVE_INFINITY &&
  expected.maximum === Number.POSITIVE_INFINITY
    ? null
    : expected;

/** Null: any text. */
const patternOf = (names: readonly string[]): RegExp | null =>
  names.includes("string") ? null : anchored(names.map((name) => formats.get(name) ?? ".*").join("|"));

const anchored = (pattern: string): RegExp => {
  const expression = patterns.get(pattern) ?? new RegExp(`^(?:${pattern})$`);
  patterns.set(pattern, expression);
  return expression;
};

const patterns = new Map<string, RegExp>();

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
