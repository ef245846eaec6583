import type { Expression } from "./expression.ts";
import type { FactValue } from "./facts.ts";
import type { FieldNode, Node, Step } from "./node.ts";
import { type Located, locate, type SqlColumns } from "./sql-column.ts";
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
  readonly values: readonly (string | number | boolean)[];
};

type Typed<Kind extends Node["kind"]> = Extract<Node, { kind: Kind }>;

/** Writes a checked tree. Each kind of value has one form: numbers are float8, texts text, dynamic values jsonb, unknown null. */
class SqlWriter {
  readonly values: (string | number | boolean)[] = [];
  readonly #columns: SqlColumns;
  readonly #first: number;

  constructor(columns: SqlColumns, first: number) {
    this.#columns = columns;
    this.#first = first;
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
        return memberOfJson(this.#dynamic(node.needle), this.#dynamic(node.list));
      case "arithmetic":
        return calculateSql(node.operator, this.write(node.left), this.write(node.right));
      case "concat":
        return `(${this.write(node.left)} || ${this.write(node.right)})`;
      case "if":
        return this.#conditional(node);
      case "has":
        return node.operand.kind === "element" ? `(${this.write(node.operand)} is not null)` : this.#has(node.operand);
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

  #bind(value: string | number | boolean, type: "text" | "float8" | "boolean" | "int"): string {
    this.values.push(value);
    return `$${this.#first + this.values.length - 1}::${type}`;
  }

  #literal(type: Node["type"], value: FactValue): string {
    if (type === "number" && typeof value === "number") return this.#bind(value, "float8");
    if (type === "text" && typeof value === "string") return this.#bind(value, "text");
    if (type === "boolean" && typeof value === "boolean") return this.#bind(value, "boolean");
    return this.#json(value);
  }

  #json(value: FactValue): string {
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
    const located = locate(node, this.#columns);
    const raw = this.#raw(located);
    const { type } = located.column;
    if (type === "json") return node.type === "dynamic" ? known(raw) : jsonAs(node.type, raw);
    if (node.type === "dynamic") return `to_jsonb(${raw})`;
    return type === "number" ? `(${raw})::float8` : raw;
  }

  #has(node: FieldNode): string {
    const located = locate(node, this.#columns);
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
 * Compiles an expression to a condition on rows in which `columns` hold its fields: true, false or null exactly where
 * `evaluate` says true, false or unknown. jsonb must hold numbers as JavaScript writes them.
 * @param first number of the first parameter. @default 1
 */
export const toSql = (expression: Expression, columns: SqlColumns, first = 1): SqlCondition => {
  const writer = new SqlWriter(columns, first);
  return { text: writer.write(expression.ast), values: writer.values };
};
