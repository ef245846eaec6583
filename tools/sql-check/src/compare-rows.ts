import type { TaggedTemplateExpression } from "typescript/unstable/ast";
import { type Type, TypeFlags } from "typescript/unstable/sync";
import type { ResultColumn } from "./database.ts";
import type { Program } from "./program.ts";

/** The columns that a template says its rows have; undefined where it says nothing. */
export const declaredRow = (
  { checker }: Program,
  template: TaggedTemplateExpression,
): ReadonlyMap<string, Type> | undefined => {
  const pending = checker.getTypeAtLocation(template);
  if (pending === undefined || !pending.isTypeReference()) return undefined;
  const [rows] = checker.getTypeArguments(pending);
  if (rows === undefined || !rows.isTypeReference()) return undefined;
  const [row] = checker.getTypeArguments(rows);
  if (row === undefined) return undefined;
  // Rows of no declared type have any property.
  if (checker.getIndexInfosOfType(row).length > 0) return undefined;
  return new Map(
    checker.getPropertiesOfType(row).flatMap((symbol) => {
      const type = checker.getTypeOfSymbol(symbol);
      return type === undefined ? [] : [[symbol.name, type] as const];
    }),
  );
};

/** What is wrong with a declared row. */
export type RowFault = {
  readonly message: string;
  /** That a column of the table may be null; a condition that PostgreSQL does not follow often says that it is not. */
  readonly isNull: boolean;
};

/** What is wrong with a declared row; nothing when the statement returns it. */
export const compareRows = (
  program: Program,
  declared: ReadonlyMap<string, Type>,
  returned: readonly ResultColumn[],
): RowFault[] => {
  const columns = new Map(returned.map((column) => [camelCase(column.name), column]));
  return [...declared].flatMap(([name, type]): RowFault[] => {
    const column = columns.get(name);
    const written = program.checker.typeToString(type);
    if (column === undefined) {
      const isOptional = members(type).some(({ flags }) => (flags & TypeFlags.Undefined) !== 0);
      return isOptional ? [] : [{ message: `its row type has ${name}, which it does not return`, isNull: false }];
    }
    if (!fits(program, type, column.type))
      return [{ message: `${name} is ${column.type} and not ${written}`, isNull: false }];
    return column.nullable && !mayBeNull(type)
      ? [{ message: `${name} may be null, which ${written} does not say`, isNull: true }]
      : [];
  });
};

const members = (type: Type): readonly Type[] => (type.isUnionType() ? type.getTypes() : [type]);

const mayBeNull = (type: Type): boolean =>
  members(type).some(({ flags }) => (flags & (TypeFlags.Null | TypeFlags.AnyOrUnknown)) !== 0);

const numbers = new Set(["int2", "int4", "int8", "float4", "float8", "oid"]);

/** Whether a value that postgres.js makes of a column has this type. */
const fits = (program: Program, type: Type, column: string): boolean =>
  members(type).every((member) => {
    const { flags } = member;
    if ((flags & (TypeFlags.AnyOrUnknown | TypeFlags.Null | TypeFlags.Undefined)) !== 0) return true;
    if (column === "json" || column === "jsonb") return true;
    if (column.startsWith("_")) return isArrayOf(program, member, column.slice(1));
    if (numbers.has(column)) return (flags & TypeFlags.NumberLike) !== 0;
    if (column === "bool") return (flags & TypeFlags.BooleanLike) !== 0;
    const name = program.checker.typeToString(member);
    if (column.startsWith("timestamp") || column === "date") return name === "Date";
    if (column === "bytea") return /^(Uint8Array|Buffer)/.test(name);
    return (flags & TypeFlags.StringLike) !== 0;
  });

const isArrayOf = (program: Program, type: Type, element: string): boolean =>
  program.checker.isArrayType(type) &&
  type.isTypeReference() &&
  program.checker.getTypeArguments(type).every((one) => fits(program, one, element));

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
