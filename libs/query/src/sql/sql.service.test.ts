import type { Json, JsonObject } from "@rollerblade/abids";
import { startTestServers } from "@rollerblade/embedded/testing";
import fc from "fast-check";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileExpression, type Verdict } from "../expression.ts";
import type { QueryFacts } from "../facts.ts";
import {
  fragment,
  join,
  queryFields,
  raw,
  type SqlColumns,
  type SqlTables,
  toStatement,
  writeFilter,
  writeValue,
} from "../index.ts";

const columns: SqlColumns = {
  "dataset.name": { sql: raw("r.dataset"), type: "text" },
  "scan.suffix": { sql: raw("r.suffix"), type: "text" },
  "scan.entities": { sql: raw("r.entities"), type: "json" },
  "file.size": { sql: raw("r.size"), type: "number" },
  "session.suffixes": {
    sql: raw("to_jsonb(r.suffixes)"),
    type: "json",
    holds: (text) => fragment`(${text} = any(r.suffixes))`,
  },
  "subject.age": {
    sql: raw("(case when jsonb_typeof(r.subject -> 'age') = 'number' then (r.subject -> 'age')::float8 end)"),
    type: "number",
    partial: true,
  },
  subject: { sql: raw("r.subject"), type: "json" },
  session: { sql: raw("r.session"), type: "json" },
  metadata: { sql: raw("r.metadata"), type: "json" },
};

const tables: SqlTables = {
  columns,
  derivative: ({ condition }) =>
    fragment`exists (select from r_derivatives derivative where derivative.row = r.id and ${condition})`,
  result: ({ tag, document }) =>
    fragment`(select result.value from r_results result where result.row = r.id and result.tag = ${tag}
      and ${document === null ? raw("true") : fragment`result.document = ${document}`})`,
};

const awkward = fc.constantFrom("", "T1w", "a", "ab", "b%_\\'\"$1", "é", "\u{1f9e0}", "\uffff", "z\n", "T2w");
const days = fc.constantFrom(
  ...[
    "2024-02-29",
    "2023-02-29",
    "1999-12-31T23:59:59.999Z",
    "1890-01-01T00:00",
    "2024-13-01",
    "0000-01-01",
    "0099-05-05",
  ],
  ...[
    "2024-02-29 12:30:00",
    "2024-02-29T24:00:00",
    "2024-04-31",
    "2024-02-29T12:30:00+01:00",
    "9999-12-31",
    "-2024-01-01",
  ],
);
const number = fc.oneof(
  fc.integer({ min: -5, max: 90 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.1, -0, 1e300, 5e-324, 2 ** 53),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(awkward, days, number, fc.boolean(), fc.constant(null));
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom("a", "b", "__x"), scalar, { maxKeys: 3 }) },
);
const keys = ["age", "a", "b", "list"] as const;
const attributes: fc.Arbitrary<JsonObject> = fc.record(
  { age: fc.oneof(number, scalar), a: value, b: value, list: fc.oneof(value, fc.array(scalar, { maxLength: 4 })) },
  { requiredKeys: ["age", "list"] },
);
const suffixes = fc.array(fc.constantFrom("T1w", "bold", "a"), { maxLength: 3 });
const derivative = fc.record({
  analysis: fc.constantFrom("brain-mask", "volumes"),
  version: fc.constantFrom("1.2.0", "1.20.0", "2.0.0"),
  output: fc.constantFrom("mask", "report"),
});
const result = fc.record({ tag: fc.constantFrom("tsnr", "grade"), document: fc.constant("quality"), value: scalar });
const row = fc.record({
  suffixes,
  results: fc.uniqueArray(result, { maxLength: 2, selector: ({ tag }) => tag }),
  derivatives: fc.array(derivative, { maxLength: 2 }),
  dataset: awkward,
  suffix: awkward,
  size: fc.nat(),
  entities: fc.dictionary(fc.constantFrom("run", "task"), fc.constantFrom("01", "1", "20", "a")),
  subject: attributes,
  session: attributes,
  metadata: attributes,
});

const numberLiteral = fc.oneof(
  fc.integer({ min: -3, max: 90 }).map(String),
  fc.constantFrom("0.1", "20.0", "1e200", "1e-200", "0.0"),
);
const textLiteral = awkward.map((text) => JSON.stringify(text));
const anyField = fc.oneof(
  fc
    .tuple(fc.constantFrom("subject", "session", "metadata"), fc.constantFrom(...keys))
    .map(([group, key]) => `${group}.${key}`),
  fc.constantFrom("metadata.list[0]", "metadata.a.b", "session.list[1]", 'subject["a"]'),
);
const asResult = fc.constantFrom(
  'result("tsnr")',
  'result("grade")',
  'result("tsnr", "quality")',
  'result("tsnr", "none")',
);
const typedText = fc.constantFrom("scan.suffix", "dataset.name", "scan.entities.run", "scan.entities.task");
const { condition } = fc.letrec<{ condition: string; num: string; text: string; any: string }>((tie) => ({
  num: fc.oneof(
    { maxDepth: 3 },
    numberLiteral,
    fc.constantFrom("file.size", "subject.age", "session.age", "scan.entities.run"),
    anyField,
    fc.tuple(tie("num"), fc.constantFrom("+", "-", "*", "/", "%"), tie("num")).map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc.oneof(anyField, typedText).map((field) => `size(${field})`),
    tie("num").map((operand) => `-(${operand})`),
    fc
      .oneof(
        anyField,
        typedText,
        days.map((text) => JSON.stringify(text)),
      )
      .map((text) => `date(${text})`),
  ),
  text: fc.oneof(
    { maxDepth: 2 },
    textLiteral,
    typedText,
    anyField,
    fc.tuple(typedText, tie("text")).map(([l, r]) => `(${l} + ${r})`),
  ),
  any: fc.oneof(anyField, anyField, asResult, tie("num"), tie("text"), fc.constantFrom("true", '["a", 1]', "[]")),
  condition: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(tie("num"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("num"))
      .map(([l, op, r]) => `${l} ${op} ${r}`),
    fc
      .tuple(tie("text"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("text"))
      .map(([l, op, r]) => `${l} ${op} ${r}`),
    fc.tuple(anyField, fc.constantFrom("<", ">=", "==", "!="), tie("any")).map(([l, op, r]) => `${l} ${op} ${r}`),
    fc.tuple(tie("any"), fc.array(tie("any"), { maxLength: 3 })).map(([l, items]) => `${l} in [${items.join(", ")}]`),
    fc.tuple(tie("any"), anyField).map(([l, r]) => `${l} in ${r}`),
    fc
      .tuple(tie("text"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("text"))
      .map(([l, f, r]) => `${l}.${f}(${r})`),
    fc
      .tuple(
        fc.oneof(typedText, anyField),
        fc.constantFrom("^T[12]w$", "a+", ".", "^$", "[^a]b?", "(a|b){1,2}", "\\\\W"),
      )
      .map(([l, p]) => `${l}.matches("${p}")`),
    anyField.map((field) => `has(${field.replace(/\[.*/, "")})`),
    fc.tuple(asResult, fc.constantFrom("<", ">=", "==", "!="), tie("any")).map(([l, op, r]) => `${l} ${op} ${r}`),
    fc.constantFrom('has(result("tsnr"))', 'result("grade") == null'),
    fc.tuple(anyField, fc.constantFrom("== null", "!= null")).map(([l, r]) => `${l} ${r}`),
    fc
      .tuple(
        anyField,
        fc.constantFrom("exists", "all"),
        fc.constantFrom(
          "x == 1",
          'x == "a"',
          "x > 0",
          "x in metadata.list",
          "x != null",
          "!x",
          "metadata.list.exists(y, y == x)",
        ),
      )
      .map(([l, f, p]) => `${l}.${f}(x, ${p})`),
    anyField,
    fc.constantFrom("T1w", "bold", "", "é").map((suffix) => `${JSON.stringify(suffix)} in session.suffixes`),
    fc.constantFrom("size(session.suffixes) > 1", 'session.suffixes.all(x, x == "T1w")', "has(session.suffixes)"),
    fc
      .tuple(fc.constantFrom("brain-mask", "volumes@1", "brain-mask@1.2", "volumes@^2"), fc.constantFrom("", "mask"))
      .map(([analysis, output]) => `has.derivative("${analysis}"${output === "" ? "" : `, "${output}"`})`),
    fc.constantFrom("true", "false"),
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([l, op, r]) => `(${l}) ${op} (${r})`),
    tie("condition").map((operand) => `!(${operand})`),
    fc.tuple(tie("condition"), tie("condition"), tie("condition")).map(([c, l, r]) => `(${c}) ? (${l}) : (${r})`),
    fc
      .tuple(tie("condition"), tie("any"), anyField, tie("any"))
      .map(([c, l, r, x]) => `((${c}) ? ${l} : ${r}) == ${x}`),
  ),
}));

let sql: postgres.Sql;
let stop: () => Promise<void>;

beforeAll(async () => {
  const servers = await startTestServers();
  sql = postgres(servers.databaseUrl, { max: 1 });
  stop = async () => {
    await sql.end({ timeout: 5 });
    await servers.stop();
  };
});

afterAll(() => stop());

const answer = (verdict: Verdict): boolean | null => ("value" in verdict ? verdict.value : null);

const compiled = (source: string) => {
  try {
    return [compileExpression(source, queryFields)];
  } catch {
    return [];
  }
};

const factsOf = (one: {
  dataset: string;
  suffix: string;
  size: number;
  entities: JsonObject;
  subject: JsonObject;
  session: JsonObject;
  metadata: JsonObject;
  suffixes: readonly string[];
  derivatives: readonly JsonObject[];
  results: readonly JsonObject[];
}): QueryFacts => ({
  dataset: { name: one.dataset },
  scan: { suffix: one.suffix, entities: one.entities },
  file: { size: one.size },
  subject: one.subject,
  session: { ...one.session, suffixes: one.suffixes },
  metadata: one.metadata,
  has: { derivatives: one.derivatives },
  result: { values: one.results },
});

test("ten thousand random queries give the same in PostgreSQL and by direct evaluation", {
  timeout: 480_000,
}, async () => {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
  const rows = fc.sample(row, { seed, numRuns: 60 });
  await sql`create temporary table r (id int, dataset text, suffix text, size bigint, entities jsonb, subject jsonb, session jsonb, metadata jsonb, suffixes text[])`;
  await sql`create temporary table r_derivatives (row int, analysis text, version text, output text)`;
  await sql`create temporary table r_results (row int, tag text, document text, value jsonb)`;
  for (const [id, one] of rows.entries()) {
    await sql.unsafe(
      "insert into r values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb, $9::text[])",
      [
        id,
        one.dataset,
        one.suffix,
        one.size,
        ...[one.entities, one.subject, one.session, one.metadata].map((json) => JSON.stringify(json)),
        [...one.suffixes],
      ],
    );
    for (const { tag, document, value: shown } of one.results)
      if (shown !== null)
        await sql`insert into r_results values (${id}, ${tag}, ${document}, ${JSON.stringify(shown)}::text::jsonb)`;
    for (const { analysis, version, output } of one.derivatives)
      await sql`insert into r_derivatives values (${id}, ${analysis}, ${version}, ${output})`;
  }
  const facts = rows.map(factsOf);
  const sources = [...new Set(fc.sample(condition, { seed, numRuns: 27_000 }))];
  const expressions = sources.flatMap(compiled);
  const counts = { compared: 0, true: 0, false: 0, null: 0 };
  for (let from = 0; from < expressions.length; from += 40) {
    const batch = expressions.slice(from, from + 40);
    const selected = batch.map(({ ast }, index) => {
      const number = raw(String(index));
      const [value, filter] = [writeValue(ast, tables), writeFilter(ast, tables)];
      return fragment`${value} as c${number}, coalesce(${filter}, false) as f${number}`;
    });
    const { text, values } = toStatement(fragment`select ${join(selected, ", ")} from r order by id`);
    const found = await sql
      .unsafe<Record<string, boolean | null>[]>(
        text,
        values.map((one) => (typeof one === "object" ? [...one] : one)),
      )
      .catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${batch.map(({ source }) => source).join("\n")}`, { cause: error });
      });
    for (const [index, expression] of batch.entries()) {
      const [expected, actual] = [
        facts.map((one) => answer(expression.evaluate(one))),
        found.map((one) => one[`c${index}`] ?? null),
      ];
      expect(actual, `seed ${seed}: ${expression.source}`).toEqual(expected);
      const filtered = found.map((one) => one[`f${index}`]);
      expect(filtered, `seed ${seed}, as a filter: ${expression.source}`).toEqual(
        expected.map((value) => value === true),
      );
      counts.compared += 1;
      for (const one of expected) counts[`${one}`] += 1;
    }
  }
  console.info(`seed ${seed}: ${JSON.stringify(counts)} over ${rows.length} rows`);
  expect(counts.compared).toBeGreaterThan(10_000);
});
