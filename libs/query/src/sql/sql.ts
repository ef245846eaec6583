import type { Json, JsonObject } from "@rollerblade/abids";
import type { Comparison, FieldNode, Node, Step, WantedDerivative } from "../check/node.ts";
import type { Expression } from "../expression.ts";
import { type Located, locate, type SqlTables } from "./sql-column.ts";
import {
  byCodePoint,
  calculateSql,
  compareJson,
  elementSql,
  jsonAs,
  known,
  memberOfJson,
  over,
  overBoth,
  sizeOfJson,
  walkJson,
} from "./sql-text.ts";

/** A condition in PostgreSQL's language. It is null where the expression is unknown, and never raises an error. */
export type SqlCondition = {
  readonly text: string;
  /** For `$n` of the text; everything that the user wrote is in here and nowhere else. */
  readonly values: readonly SqlValue[];
};

/** What is bound to a statement. */
export type SqlValue = string | number | boolean | readonly string[];

type Typed<Kind extends Node["kind"]> = Extract<Node, { kind: Kind }>;

const mirrored: Readonly<Record<Comparison, Comparison>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

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
type Contained = { readonly column: string; readonly key: string; readonly object: JsonObject };

/** A number as jsonpath reads it. */
const jsonNumber = (value: number): string => JSON.stringify(value);

/** Writes a checked tree. Each kind of value has one form: numbers are float8, texts text, dynamic values jsonb, unknown null. */
class SqlWriter {
  readonly values: SqlValue[] = [];
  readonly #tables: SqlTables;
  readonly #first: number;

  constructor(tables: SqlTables, first: number) {
    this.#tables = tables;
    this.#first = first;
  }

  /**
   * True exactly where the node is true; where it is not, false and unknown are one, which lets an index answer. `joined` says that
   * it is one of the conditions that must all hold.
   */
  filter(node: Node, joined: boolean): string {
    if (node.kind === "and") return this.#filterAll(conjunctsOf(node), joined);
    if (node.kind === "or") return `(${this.filter(node.left, false)} or ${this.filter(node.right, false)})`;
    if (node.kind === "equal") return this.#filterEqual(node) ?? this.write(node);
    if (node.kind === "compare") return this.#filterCompare(node) ?? this.write(node);
    if (node.kind === "among") return this.#filterAmong(node) ?? this.write(node);
    if (node.kind === "member") return this.#holds(node, joined) ?? this.write(node);
    return this.write(node);
  }

  write(node: Node): string {
    switch (node.kind) {
      case "literal":
        return this.#literal(node.type, node.value);
      case "field":
        return this.#field(node);
      case "element":
        return known(elementSql(node));
      case "as":
        return this.#as(node);
      case "not":
        return `(not ${this.write(node.operand)})`;
      case "and":
      case "or":
        return `(${this.write(node.left)} ${node.kind} ${this.write(node.right)})`;
      case "equal":
        return this.#equal(node.left, node.right);
      case "compare":
        return this.#compare(node);
      case "among":
        return this.#among(node);
      case "member":
        return this.#holds(node, false) ?? memberOfJson(this.#dynamic(node.needle), this.#dynamic(node.list));
      case "arithmetic":
        return calculateSql(node.operator, this.write(node.left), this.write(node.right));
      case "concat":
        return `(${this.write(node.left)} || ${this.write(node.right)})`;
      case "if":
        return this.#conditional(node);
      case "has":
        return node.operand.kind === "element" ? `(${this.write(node.operand)} is not null)` : this.#has(node.operand);
      case "derivative":
        return this.#derivative(node.wanted);
      case "size":
        return this.#size(node.operand);
      case "text":
        return this.#text(node);
      case "matches":
        return `(${this.write(node.subject)} ~ ${this.#bind(node.pattern.postgres, "text")})`;
      case "some":
      case "every":
        return walkJson(node.kind === "some", this.write(node.list), node.element, this.write(node.body));
    }
  }

  #bind(value: SqlValue, type: "text" | "float8" | "boolean" | "int" | "text[]"): string {
    this.values.push(value);
    return `$${this.#first + this.values.length - 1}::${type}`;
  }

  #literal(type: Node["type"], value: Json): string {
    if (type === "number" && typeof value === "number") return this.#bind(value, "float8");
    if (type === "text" && typeof value === "string") return this.#bind(value, "text");
    if (type === "boolean" && typeof value === "boolean") return this.#bind(value, "boolean");
    return this.#json(value);
  }

  #json(value: Json): string {
    return `${this.#bind(JSON.stringify(value), "text")}::jsonb`;
  }

  #raw({ column, below }: Located): string {
    return below.reduce<string>((object, step) => this.#part(object, step), column.text);
  }

  /** PostgreSQL takes a lone value for a list of one, so an index asks first. */
  #part(object: string, step: Step): string {
    if (typeof step === "string") return `(${object} -> ${this.#bind(step, "text")})`;
    return `(case when jsonb_typeof(${object}) = 'array' then ${object} -> ${this.#bind(step, "int")} end)`;
  }

  #field(node: FieldNode): string {
    const located = locate(node, this.#tables.columns, node.type !== "dynamic");
    const raw = this.#raw(located);
    const { type } = located.column;
    if (type === "json") return node.type === "dynamic" ? known(raw) : jsonAs(node.type, raw);
    if (node.type === "dynamic") return `to_jsonb(${raw})`;
    return type === "number" ? `(${raw})::float8` : raw;
  }

  #has(node: FieldNode): string {
    const located = locate(node, this.#tables.columns);
    const raw = this.#raw(located);
    return `(${located.column.type === "json" ? known(raw) : raw} is not null)`;
  }

  #as({ type, operand }: Typed<"as">): string {
    if (operand.kind === "element") return jsonAs(type, elementSql(operand));
    if (operand.kind === "field") return this.#field({ ...operand, type });
    return over(jsonAs(type, "q.l"), this.write(operand));
  }

  /** The value as jsonb, whatever its type. */
  #dynamic(node: Node): string {
    if (node.type === "dynamic") return this.write(node);
    return node.kind === "literal" ? this.#json(node.value) : `to_jsonb(${this.write(node)})`;
  }

  #equal(left: Node, right: Node): string {
    if (left.type === right.type) return `(${this.write(left)} = ${this.write(right)})`;
    return `(${this.#dynamic(left)} = ${this.#dynamic(right)})`;
  }

  #compare({ operator, left, right }: Typed<"compare">): string {
    const [first, second] = [this.write(left), this.write(right)];
    if (left.type === "dynamic") return compareJson(operator, first, second);
    return `(${first} ${left.type === "text" ? byCodePoint : ""} ${operator} ${second})`;
  }

  #among({ needle, items }: Typed<"among">): string {
    if (items.length === 0) return `(case when ${this.write(needle)} is not null then false end)`;
    const isPlain = (item: Node): boolean => item.kind === "literal" && item.type === needle.type;
    if (needle.type !== "dynamic" && items.every(isPlain))
      return `(${this.write(needle)} in (${items.map((item) => this.write(item)).join(", ")}))`;
    return `(${items.map((item) => this.#equal(needle, item)).join(" or ")})`;
  }

  #conditional(node: Typed<"if">): string {
    const outcome = (part: Node): string => (node.type === "dynamic" ? this.#dynamic(part) : this.write(part));
    return `(case ${this.write(node.test)} when true then ${outcome(node.yes)} when false then ${outcome(node.no)} end)`;
  }

  /** Objects within one column are looked for together, so that it is read once. */
  #filterAll(nodes: readonly Node[], joined: boolean): string {
    const wanted = new Map<string, JsonObject>();
    const texts = nodes.flatMap((node) => {
      const contained = node.kind === "equal" ? this.#containedIn(node) : null;
      if (contained === null) return [this.filter(node, joined)];
      const { column, key, object } = contained;
      const before = wanted.get(column) ?? {};
      if (Object.hasOwn(before, key)) return [this.#contains(column, object)];
      wanted.set(column, { ...before, ...object });
      return [];
    });
    const together = [...wanted].map(([column, object]) => this.#contains(column, object));
    return `(${[...texts, ...together].join(" and ")})`;
  }

  #contains(column: string, object: JsonObject): string {
    return `${column} @> ${this.#json(object)}`;
  }

  /** `{"task": "rest"}` in a column of JSON: what a GIN index finds. */
  #contained(field: FieldNode, value: Json): Contained | null {
    const { column, below } = locate(field, this.#tables.columns, field.type !== "dynamic");
    const [key, ...deeper] = below;
    if (column.type !== "json" || typeof key !== "string" || typeof value === "object") return null;
    if (!deeper.every((step) => typeof step === "string")) return null;
    const inner = deeper.reduceRight<Json>((within, step) => ({ [step]: within }), value);
    return { column: column.text, key, object: { [key]: inner } };
  }

  #containedIn({ left, right }: Typed<"equal">): Contained | null {
    const [field, other] = [fieldIn(left) ?? fieldIn(right), fieldIn(left) === null ? left : right];
    return field !== null && other.kind === "literal" ? this.#contained(field, other.value) : null;
  }

  #filterEqual(node: Typed<"equal">): string | null {
    const contained = this.#containedIn(node);
    return contained === null ? null : `(${this.#contains(contained.column, contained.object)})`;
  }

  #filterAmong({ needle, items }: Typed<"among">): string | null {
    const field = fieldIn(needle);
    if (field === null || items.length === 0) return null;
    const wanted = items.map((item) => (item.kind === "literal" ? this.#contained(field, item.value) : null));
    if (!wanted.every((one) => one !== null)) return null;
    return `(${wanted.map(({ column, object }) => this.#contains(column, object)).join(" or ")})`;
  }

  /** Order of a number below a column of JSON, which is looked up once. */
  #filterCompare({ operator, left, right }: Typed<"compare">): string | null {
    const turned = fieldIn(left) === null;
    const [field, other] = turned ? [fieldIn(right), left] : [fieldIn(left), right];
    if (field === null || other.kind !== "literal" || typeof other.value !== "number") return null;
    const { column, below } = locate(field, this.#tables.columns, true);
    if (column.type !== "json" || below.length === 0 || !below.every((step) => typeof step === "string")) return null;
    const way = below.map((step) => `.${JSON.stringify(step)}`).join("");
    const path = `strict $${way} ${turned ? mirrored[operator] : operator} ${jsonNumber(other.value)}`;
    return `(${column.text} @@ ${this.#bind(path, "text")}::jsonpath)`;
  }

  #holds({ needle, list }: Typed<"member">, joined: boolean): string | null {
    if (list.kind !== "field" || needle.kind !== "literal" || typeof needle.value !== "string") return null;
    const { column, below } = locate(list, this.#tables.columns);
    return below.length === 0 && column.holds ? column.holds(this.#bind(needle.value, "text"), joined) : null;
  }

  #derivative({ version, output, ...wanted }: WantedDerivative): string {
    const analysis = this.#bind(wanted.analysis, "text");
    const conditions = [`d.analysis = ${analysis}`];
    if (version !== null) {
      const asked = this.#bind(version, "text");
      conditions.push(`(d.version = ${asked} or starts_with(d.version, ${asked} || '.'))`);
    }
    if (output !== null) conditions.push(`d.output = ${this.#bind(output, "text")}`);
    if (this.#tables.derivative === undefined) throw new Error("No table holds derivatives");
    const condition = conditions.join(" and ");
    return this.#tables.derivative({ analysis, condition }, (texts) => this.#bind([...texts], "text[]"));
  }

  #size(operand: Node): string {
    const written = this.write(operand);
    return operand.type === "text" ? `length(${written})::float8` : sizeOfJson(written);
  }

  #text({ test, subject, part }: Typed<"text">): string {
    const [text, sought] = [this.write(subject), this.write(part)];
    if (test === "startsWith") return `starts_with(${text}, ${sought})`;
    if (test === "contains") return `(strpos(${text}, ${sought}) > 0)`;
    return overBoth("right(q.l, length(q.r)) = q.r", text, sought);
  }
}

/**
 * Compiles an expression to a condition on rows in which the columns hold its fields: true, false or null exactly where
 * `evaluate` says true, false or unknown. jsonb must hold numbers as JavaScript writes them.
 * @param first number of the first parameter. @default 1
 */
export const toSql = (expression: Expression, tables: SqlTables, first = 1): SqlCondition => {
  const writer = new SqlWriter(tables, first);
  return { text: writer.write(expression.ast), values: writer.values };
};

/** The same for a `where`, which asks only whether it is true: the form that indexes can answer. */
export const toFilter = (expression: Expression, tables: SqlTables, first = 1): SqlCondition => {
  const writer = new SqlWriter(tables, first);
  return { text: writer.filter(expression.ast, true), values: writer.values };
};
