import type { Json, JsonObject } from "@rollerblade/abids";
import type { Comparison, FieldNode, Node } from "../check/node.ts";

import { locate, type SqlColumn, type SqlTables } from "./columns.ts";
import { bound, fragment, join, type SqlFragment } from "./fragment.ts";
import { holds, jsonOf, type Of, writeValue } from "./write-value.ts";

/** A field, or a dynamic field of which a value of one type is asked. */
const fieldIn = (node: Node): FieldNode | null => {
  if (node.kind === "field") return node;
  if (node.kind !== "as" || node.operand.kind !== "field") return null;
  return { ...node.operand, type: node.type };
};

/** All that must hold, out of a chain of `&&`. */
const conjunctsOf = (node: Node): readonly Node[] =>
  node.kind === "and" ? [...conjunctsOf(node.left), ...conjunctsOf(node.right)] : [node];

/** An object that a column of JSON must hold: one key of it, or more. */
type Contained = { readonly column: SqlColumn; readonly key: string; readonly object: JsonObject };

const contains = ({ sql }: SqlColumn, object: JsonObject): SqlFragment => fragment`${sql} @> ${jsonOf(object)}`;

/** `{"task": "rest"}` in a column of JSON: what a GIN index finds. */
const containedBy = (field: FieldNode, value: Json, { columns }: SqlTables): Contained | null => {
  const { column, below } = locate(field, columns, field.type !== "dynamic");
  const [key, ...deeper] = below;
  if (column.type !== "json" || typeof key !== "string" || typeof value === "object") return null;
  if (!deeper.every((step) => typeof step === "string")) return null;
  const inner = deeper.reduceRight<Json>((within, step) => ({ [step]: within }), value);
  return { column, key, object: { [key]: inner } };
};

const containedIn = ({ left, right }: Of<"equal">, tables: SqlTables): Contained | null => {
  const [field, other] = [fieldIn(left) ?? fieldIn(right), fieldIn(left) === null ? left : right];
  return field !== null && other.kind === "literal" ? containedBy(field, other.value, tables) : null;
};

/** Conditions that must all hold. Objects within one column are looked for together, so that it is read once. */
const all = (nodes: readonly Node[], tables: SqlTables, required: boolean): SqlFragment => {
  const wanted = new Map<SqlColumn, JsonObject>();
  const apart = nodes.flatMap((node) => {
    const contained = node.kind === "equal" ? containedIn(node, tables) : null;
    if (contained === null) return [filter(node, tables, required)];
    const { column, key, object } = contained;
    const before = wanted.get(column) ?? {};
    if (Object.hasOwn(before, key)) return [contains(column, object)];
    wanted.set(column, { ...before, ...object });
    return [];
  });
  const together = [...wanted].map(([column, object]) => contains(column, object));
  return fragment`(${join([...apart, ...together], " and ")})`;
};

const equal = (node: Of<"equal">, tables: SqlTables): SqlFragment | null => {
  const contained = containedIn(node, tables);
  return contained === null ? null : fragment`(${contains(contained.column, contained.object)})`;
};

const among = ({ needle, items }: Of<"among">, tables: SqlTables): SqlFragment | null => {
  const field = fieldIn(needle);
  if (field === null || items.length === 0) return null;
  const wanted = items.map((item) => (item.kind === "literal" ? containedBy(field, item.value, tables) : null));
  if (!wanted.every((one) => one !== null)) return null;
  return fragment`(${join(
    wanted.map(({ column, object }) => contains(column, object)),
    " or ",
  )})`;
};

const mirrored: Readonly<Record<Comparison, Comparison>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** Order of a number below a column of JSON, by a jsonpath, so that the number is looked up once. */
const compare = ({ operator, left, right }: Of<"compare">, { columns }: SqlTables): SqlFragment | null => {
  const turned = fieldIn(left) === null;
  const [field, other] = turned ? [fieldIn(right), left] : [fieldIn(left), right];
  if (field === null || other.kind !== "literal" || typeof other.value !== "number") return null;
  const { column, below } = locate(field, columns, true);
  if (column.type !== "json" || below.length === 0 || !below.every((step) => typeof step === "string")) return null;
  const steps = below.map((step) => `.${JSON.stringify(step)}`).join("");
  const path = `strict $${steps} ${turned ? mirrored[operator] : operator} ${JSON.stringify(other.value)}`;
  return fragment`(${column.sql} @@ ${bound(path, "text")}::jsonpath)`;
};

/** The form of a node that an index answers; null where there is none. */
const indexed = (node: Node, tables: SqlTables, required: boolean): SqlFragment | null => {
  if (node.kind === "equal") return equal(node, tables);
  if (node.kind === "compare") return compare(node, tables);
  if (node.kind === "among") return among(node, tables);
  return node.kind === "member" ? holds(node, tables, required) : null;
};

/** @param required whether the node is one of the conditions that must all hold */
const filter = (node: Node, tables: SqlTables, required: boolean): SqlFragment => {
  if (node.kind === "and") return all(conjunctsOf(node), tables, required);
  if (node.kind === "or")
    return fragment`(${filter(node.left, tables, false)} or ${filter(node.right, tables, false)})`;
  return indexed(node, tables, required) ?? writeValue(node, tables);
};

/**
 * Writes a checked expression as a condition for `where`: true exactly where the expression is true. Where it is not,
 * false and unknown are one, which permits the forms that an index answers.
 */
export const writeFilter = (node: Node, tables: SqlTables): SqlFragment => filter(node, tables, true);
