import type { Expression } from "./expression.ts";
import type { FactValue } from "./facts.ts";
import type { FieldNode, Node, Step } from "./node.ts";
import { type Located, locate, type SqlColumns } from "./sql-column.ts";
import { calculable } from "./value.ts";

/** A condition in PostgreSQL's language. It is null where the expression is unknown, and never raises an error. */
export type SqlCondition = {
  readonly text: string;
  /** For `$n` of the text; everything that the user wrote is in here and nowhere else. */
  readonly values: readonly (string | number | boolean)[];
};

type Typed<Kind extends Node["kind"]> = Extract<Node, { kind: Kind }>;

const comparable = `"C"`;

/**
 * Writes a checked tree. Each kind of value has one form: numbers are float8, text is text, dynamic values are jsonb, and
 * unknown is null. `OFFSET 0` keeps a value that is used twice from being computed twice, or before its guard.
 */
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
        return known(`e${node.id}.v`);
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
        return this.#member(node);
      case "arithmetic":
        return this.#arithmetic(node);
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
        return this.#walk(node);
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

  #as(node: Typed<"as">): string {
    if (node.operand.kind === "element") return jsonAs(node.type, `e${node.operand.id}.v`);
    if (node.operand.kind === "field") return this.#field({ ...node.operand, type: node.type });
    return `(select ${jsonAs(node.type, "q.l")} from (select ${this.write(node.operand)} as l offset 0) as q)`;
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
    if (left.type === "number") return `(${this.write(left)} ${operator} ${this.write(right)})`;
    if (left.type === "text") return `(${this.write(left)} collate ${comparable} ${operator} ${this.write(right)})`;
    return this.#both(
      `case when jsonb_typeof(q.l) = 'number' and jsonb_typeof(q.r) = 'number' then q.l ${operator} q.r
       when jsonb_typeof(q.l) = 'string' and jsonb_typeof(q.r) = 'string'
       then (q.l #>> '{}') collate ${comparable} ${operator} (q.r #>> '{}') end`,
      this.write(left),
      this.write(right),
    );
  }

  /** `result` over `q.l` and `q.r`, each computed once. */
  #both(result: string, left: string, right: string): string {
    return `(select ${result} from (select ${left} as l, ${right} as r offset 0) as q)`;
  }

  #among({ needle, items }: Typed<"among">): string {
    if (items.length === 0) return `(case when ${this.write(needle)} is not null then false end)`;
    const plain =
      needle.type !== "dynamic" && items.every((item) => item.kind === "literal" && item.type === needle.type);
    if (plain) return `(${this.write(needle)} in (${items.map((item) => this.write(item)).join(", ")}))`;
    return `(${items.map((item) => this.#equal(needle, item)).join(" or ")})`;
  }

  #member({ needle, list }: Typed<"member">): string {
    return this.#both(
      `case when jsonb_typeof(q.l) not in ('array', 'object') then case jsonb_typeof(q.r)
       when 'array' then q.r @> q.l
       when 'object' then case when jsonb_typeof(q.l) = 'string' then jsonb_exists(q.r, q.l #>> '{}') end end end`,
      this.#dynamic(needle),
      this.#dynamic(list),
    );
  }

  #arithmetic({ operator, left, right }: Typed<"arithmetic">): string {
    const fits = (value: string): string =>
      `(${value} = 0 or abs(${value}) between ${calculable.least} and ${calculable.most})`;
    return this.#both(
      `case when ${fits("q.l")} and ${fits("q.r")} then ${results[operator]} end`,
      this.write(left),
      this.write(right),
    );
  }

  #conditional(node: Typed<"if">): string {
    const outcome = (part: Node): string => (node.type === "dynamic" ? this.#dynamic(part) : this.write(part));
    return `(case ${this.write(node.test)} when true then ${outcome(node.yes)} when false then ${outcome(node.no)} end)`;
  }

  #size(operand: Node): string {
    if (operand.type === "text") return `length(${this.write(operand)})::float8`;
    const size = `case jsonb_typeof(q.l) when 'string' then length(q.l #>> '{}') when 'array' then jsonb_array_length(q.l)
      when 'object' then (select count(*) from jsonb_object_keys(q.l)) end`;
    return `(select (${size})::float8 from (select ${this.write(operand)} as l offset 0) as q)`;
  }

  #text({ test, subject, part }: Typed<"text">): string {
    const [text, sought] = [this.write(subject), this.write(part)];
    if (test === "startsWith") return `starts_with(${text}, ${sought})`;
    if (test === "contains") return `(strpos(${text}, ${sought}) > 0)`;
    return this.#both("right(q.l, length(q.r)) = q.r", text, sought);
  }

  /** Kleene's `or` (or `and`) over all elements; a guard keeps what is no list from being walked through. */
  #walk(node: Typed<"some" | "every">): string {
    const decided = node.kind === "some";
    const list = this.write(node.list);
    const body = this.write(node.body);
    const elements = `jsonb_array_elements(case when jsonb_typeof(q.l) = 'array' then q.l else '[]'::jsonb end)`;
    return `(select case when jsonb_typeof(q.l) = 'array' then (
      select case when bool_or(b.p = ${decided}) then ${decided} when bool_or(b.p is null) then null else ${!decided} end
      from (select ${body} as p from ${elements} as e${node.element.id}(v)) as b) end
      from (select ${list} as l offset 0) as q)`;
  }
}

const results: Readonly<Record<Typed<"arithmetic">["operator"], string>> = {
  "+": "q.l + q.r",
  "-": "q.l - q.r",
  "*": "q.l * q.r",
  "/": "case when q.r <> 0 then q.l / q.r end",
  "%": `case when q.r <> 0 and q.l = trunc(q.l) and q.r = trunc(q.r) and abs(q.l) <= ${Number.MAX_SAFE_INTEGER}
    and abs(q.r) <= ${Number.MAX_SAFE_INTEGER} then mod(q.l::int8, q.r::int8)::float8 end`,
};

/** JSON's null is what nobody recorded. */
const known = (json: string): string => `nullif(${json}, 'null'::jsonb)`;

const jsonAs = (type: "boolean" | "number" | "text", json: string): string => {
  if (type === "text") return `(case when jsonb_typeof(${json}) = 'string' then ${json} #>> '{}' end)`;
  const cast = type === "number" ? "float8" : "boolean";
  return `(case when jsonb_typeof(${json}) = '${type}' then (${json})::${cast} end)`;
};

/**
 * Compiles an expression to a condition on rows in which `columns` hold its fields: true, false or null exactly where
 * `evaluate` says true, false or unknown. jsonb must hold numbers as JavaScript writes them.
 * @param first number of the first parameter. @default 1
 */
export const toSql = (expression: Expression, columns: SqlColumns, first = 1): SqlCondition => {
  const writer = new SqlWriter(columns, first);
  return { text: writer.write(expression.ast), values: writer.values };
};
