import type { Expression } from "typescript/unstable/ast";
import type { Type } from "typescript/unstable/sync";
import { elementsOf, type Program, typesOf } from "./program.ts";
import { Unresolved } from "./unresolved.ts";
import type { Sample, Variant } from "./variants.ts";

export const isListOfFragments = (program: Program, node: Expression): boolean =>
  typesOf(program, node).some(
    (type) =>
      program.checker.isArrayType(type) &&
      type.isTypeReference() &&
      program.checker
        .getTypeArguments(type)
        .some((element) => program.checker.getPropertyOfType(element, "describe") !== undefined),
  );

/** postgres.js tells the server the type of these values; all others take the type that the statement needs. */
export const sampleOf = (program: Program, node: Expression): Sample => {
  const names = new Set(typesOf(program, node).map((type) => program.checker.typeToString(type)));
  if (names.has("Date")) return new Date(0);
  if (names.has("true") || names.has("false") || names.has("boolean")) return true;
  return [...names].some((name) => /^(Uint8Array|Buffer)/.test(name)) ? new Uint8Array() : "";
};

/** A table of a `tables.gen.ts`, by its type. */
export const tableOf = (
  program: Program,
  table: Expression,
): { name: string; columns: readonly (readonly [string, string])[] } => {
  const { checker } = program;
  const [type] = typesOf(program, table);
  const name = type && typeOfProperty(program, type, "name");
  const columns = type && typeOfProperty(program, type, "columns");
  if (name === undefined || columns === undefined || !name.isStringLiteralType())
    throw new Unresolved(`${table.getText()} is not a table of a tables.gen.ts`);
  const entries = checker.getPropertiesOfType(columns).flatMap((symbol) => {
    const is = checker.getTypeOfSymbol(symbol);
    return is?.isStringLiteralType() ? [[symbol.name, is.value] as const] : [];
  });
  return { name: name.value, columns: entries };
};

const typeOfProperty = ({ checker }: Program, type: Type, name: string): Type | undefined => {
  const symbol = checker.getPropertyOfType(type, name);
  return symbol && checker.getTypeOfSymbol(symbol);
};

/** `recordset(tx, columns, rows)`, by the type of its columns. */
export const recordset = (program: Program, columns: Expression): Variant => {
  const [type] = typesOf(program, columns);
  const entries = (type === undefined ? [] : program.checker.getPropertiesOfType(type)).map((symbol) => {
    const is = program.checker.getTypeOfSymbol(symbol);
    if (is === undefined || !is.isStringLiteralType())
      throw new Unresolved(`the type of ${symbol.name} is not a constant`);
    return `null::${is.value} as "${snakeCase(symbol.name)}"`;
  });
  if (entries.length === 0) throw new Unresolved(`the columns of ${columns.getText()} are not constant`);
  return [`(select ${entries.join(", ")})`];
};

/** `sliceKey` to `slice_key`, as postgres.js does. */
export const snakeCase = (name: string): string => name.replace(/([A-Z])/g, "_$1").toLowerCase();

/** The names of columns that an array of them may hold, by the type of its elements. */
export const namesIn = (program: Program, columns: Expression): string[] => {
  const names = elementsOf(program, columns).flatMap((element) =>
    (element.isUnionType() ? element.getTypes() : [element]).map((type) =>
      type.isStringLiteralType() ? type.value : undefined,
    ),
  );
  if (names.length === 0 || names.includes(undefined))
    throw new Unresolved(`the type of ${columns.getText()} names no columns`);
  return names.flatMap((name) => (name === undefined ? [] : snakeCase(name)));
};
