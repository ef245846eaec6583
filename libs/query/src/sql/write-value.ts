import type { Json } from "@rollerblade/abids";
import type { FieldNode, Node, Step, WantedDerivative, WantedResult } from "../check/node.ts";
import { type Located, locate, type SqlTables } from "./columns.ts";
import { bound, fragment, join, raw, type SqlFragment } from "./fragment.ts";
import {
  byCodePoint,
  calculateSql,
  compareJson,
  dateSql,
  elementSql,
  extremeOfJson,
  jsonAs,
  known,
  memberOfJson,
  over,
  overBoth,
  sizeOfJson,
  walkJson,
} from "./operators.ts";

/** Nodes of one kind. */
export type Of<Kind extends Node["kind"]> = Extract<Node, { kind: Kind }>;

/** JSON that is bound as text, because PostgreSQL's own JSON parameters depend on the driver's serializer. */
export const jsonOf = (value: Json): SqlFragment => fragment`${bound(JSON.stringify(value), "text")}::jsonb`;

const literal = ({ type, value }: Of<"literal">): SqlFragment => {
  if (type === "number" && typeof value === "number") return bound(value, "float8");
  if (type === "text" && typeof value === "string") return bound(value, "text");
  // True and false cannot hold anything that was written, and need no parameter.
  if (type === "boolean" && typeof value === "boolean") return raw(String(value));
  return jsonOf(value);
};

/** One step into a value. PostgreSQL takes a lone value for a list of one, so an index asks first. */
const part = (object: SqlFragment, step: Step): SqlFragment =>
  typeof step === "string"
    ? fragment`(${object} -> ${bound(step, "text")})`
    : fragment`(case when jsonb_typeof(${object}) = 'array' then ${object} -> ${bound(step, "int")} end)`;

const untyped = ({ column, below }: Located): SqlFragment => below.reduce<SqlFragment>(part, column.sql);

const field = (node: FieldNode, { columns }: SqlTables): SqlFragment => {
  const located = locate(node, columns, node.type !== "dynamic");
  const value = untyped(located);
  const { type } = located.column;
  if (type === "json")
    return node.type === "dynamic" ? known(value) : jsonAs(node.type === "index" ? "text" : node.type, value);
  if (node.type === "dynamic") return fragment`to_jsonb(${value})`;
  return type === "number" ? fragment`(${value})::float8` : value;
};

const has = ({ operand }: Of<"has">, tables: SqlTables): SqlFragment => {
  const { columns } = tables;
  if (operand.kind === "result") return fragment`(${result(operand.wanted, tables)} is not null)`;
  if (operand.kind === "element") return fragment`(${known(elementSql(operand))} is not null)`;
  const located = locate(operand, columns);
  const value = untyped(located);
  return fragment`(${located.column.type === "json" ? known(value) : value} is not null)`;
};

const as = ({ type, operand }: Of<"as">, tables: SqlTables): SqlFragment => {
  if (operand.kind === "element") return jsonAs(type, elementSql(operand));
  if (operand.kind === "field") return field({ ...operand, type }, tables);
  return over(jsonAs(type, raw("q.l")), writeValue(operand, tables));
};

/** Writes the value as jsonb, whatever its type; null where it is unknown. */
export const writeJson = (node: Node, tables: SqlTables): SqlFragment => {
  if (node.type === "dynamic") return writeValue(node, tables);
  return node.kind === "literal" ? jsonOf(node.value) : fragment`to_jsonb(${writeValue(node, tables)})`;
};

const equal = (left: Node, right: Node, tables: SqlTables): SqlFragment => {
  const write = left.type === right.type ? writeValue : writeJson;
  return fragment`(${write(left, tables)} = ${write(right, tables)})`;
};

const compare = ({ operator, left, right }: Of<"compare">, tables: SqlTables): SqlFragment => {
  const [first, second] = [writeValue(left, tables), writeValue(right, tables)];
  if (left.type === "dynamic") return compareJson(operator, first, second);
  return fragment`(${first} ${left.type === "text" ? byCodePoint : raw("")} ${raw(operator)} ${second})`;
};

const among = ({ needle, items }: Of<"among">, tables: SqlTables): SqlFragment => {
  if (items.length === 0) return fragment`(case when ${writeValue(needle, tables)} is not null then false end)`;
  const isPlain = (item: Node): boolean => item.kind === "literal" && item.type === needle.type;
  if (needle.type === "dynamic" || !items.every(isPlain))
    return fragment`(${join(
      items.map((item) => equal(needle, item, tables)),
      " or ",
    )})`;
  const list = join(
    items.map((item) => writeValue(item, tables)),
    ", ",
  );
  return fragment`(${writeValue(needle, tables)} in (${list}))`;
};

const conditional = (node: Of<"if">, tables: SqlTables): SqlFragment => {
  const write = node.type === "dynamic" ? writeJson : writeValue;
  const [test, yes, no] = [writeValue(node.test, tables), write(node.yes, tables), write(node.no, tables)];
  return fragment`(case ${test} when true then ${yes} when false then ${no} end)`;
};

/**
 * Whether a list that a column keeps holds a constant text, in the form that the column's index answers; null where the
 * column has no such form.
 */
export const holds = (
  { needle, list }: Of<"member">,
  { columns }: SqlTables,
  required: boolean,
): SqlFragment | null => {
  if (list.kind !== "field" || needle.kind !== "literal" || typeof needle.value !== "string") return null;
  const { column, below } = locate(list, columns);
  return below.length === 0 && column.holds ? column.holds(bound(needle.value, "text"), required) : null;
};

const derivative = ({ version, output, ...wanted }: WantedDerivative, tables: SqlTables): SqlFragment => {
  if (tables.derivative === undefined) throw new Error("No table holds derivatives");
  const analysis = bound(wanted.analysis, "text");
  const conditions = [fragment`derivative.analysis = ${analysis}`];
  if (version !== null) {
    const asked = bound(version, "text");
    conditions.push(fragment`(derivative.version = ${asked} or starts_with(derivative.version, ${asked} || '.'))`);
  }
  if (output !== null) conditions.push(fragment`derivative.output = ${bound(output, "text")}`);
  return tables.derivative({ analysis, condition: join(conditions, " and ") });
};

const result = ({ tag, document }: WantedResult, tables: SqlTables): SqlFragment => {
  if (tables.result === undefined) throw new Error("No table holds results");
  return tables.result({ tag: bound(tag, "text"), document: document === null ? null : bound(document, "text") });
};

/** The number of elements of a list that its column counts without making the list. */
const counted = (operand: Node, { columns }: SqlTables): SqlFragment | null => {
  if (operand.kind !== "field") return null;
  const { column, below } = locate(operand, columns);
  return below.length === 0 && column.size !== undefined ? fragment`(${column.size})::float8` : null;
};

const size = ({ operand }: Of<"size">, tables: SqlTables): SqlFragment => {
  const count = counted(operand, tables);
  if (count !== null) return count;
  const value = writeValue(operand, tables);
  return operand.type === "text" ? fragment`length(${value})::float8` : sizeOfJson(value);
};

const text = ({ test, ...node }: Of<"text">, tables: SqlTables): SqlFragment => {
  const [subject, sought] = [writeValue(node.subject, tables), writeValue(node.part, tables)];
  if (test === "startsWith") return fragment`starts_with(${subject}, ${sought})`;
  if (test === "contains") return fragment`(strpos(${subject}, ${sought}) > 0)`;
  return overBoth(raw("right(q.l, length(q.r)) = q.r"), subject, sought);
};

/**
 * Writes a checked expression as SQL: true, false or null exactly where `evaluate` gives true, false or unknown. Each
 * type has one form: numbers are float8, texts text, dynamic values jsonb, and unknown is null.
 */
export const writeValue = (node: Node, tables: SqlTables): SqlFragment => {
  const write = (child: Node): SqlFragment => writeValue(child, tables);
  switch (node.kind) {
    case "literal":
      return literal(node);
    case "field":
      return field(node, tables);
    case "element":
      return known(elementSql(node));
    case "as":
      return as(node, tables);
    case "digits":
      return over(raw("case when q.l ~ '^[0-9]+$' then q.l::float8 end"), write(node.operand));
    case "not":
      return fragment`(not ${write(node.operand)})`;
    case "and":
    case "or":
      return fragment`(${write(node.left)} ${raw(node.kind)} ${write(node.right)})`;
    case "equal":
      return equal(node.left, node.right, tables);
    case "compare":
      return compare(node, tables);
    case "among":
      return among(node, tables);
    case "member":
      return holds(node, tables, false) ?? memberOfJson(writeJson(node.needle, tables), writeJson(node.list, tables));
    case "arithmetic":
      return calculateSql(node.operator, write(node.left), write(node.right));
    case "concat":
      return fragment`(${write(node.left)} || ${write(node.right)})`;
    case "if":
      return conditional(node, tables);
    case "has":
      return has(node, tables);
    case "result":
      return result(node.wanted, tables);
    case "date":
      return dateSql(write(node.operand));
    case "derivative":
      return derivative(node.wanted, tables);
    case "size":
      return size(node, tables);
    case "extreme":
      return extremeOfJson(node.which, write(node.operand));
    case "text":
      return text(node, tables);
    case "matches":
      return fragment`(${write(node.subject)} ~ ${bound(node.pattern.postgres, "text")})`;
    case "some":
    case "every":
      return walkJson(node.kind === "some", write(node.list), node.element, write(node.body));
  }
};
