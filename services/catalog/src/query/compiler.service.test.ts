import { createHash, randomUUID } from "node:crypto";
import type { JsonObject } from "@rollerblade/abids";
import type { Level } from "@rollerblade/abids/facts";
import { levels } from "@rollerblade/abids/levels";
import { connect, disconnect, type Queryable, type Sql } from "@rollerblade/database";
import { compileExpression, fragment, type QueryFacts, queryFields } from "@rollerblade/query";
import { createAccessTable } from "@rollerblade/service-kit/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCatalogServers } from "../testing/catalog-world.ts";
import { compileColumns } from "./column-values.ts";
import { countGroups } from "./count-groups.ts";
import { explainQuery } from "./explain.ts";
import { filePage } from "./file-page.ts";
import { compileQuery } from "./question.ts";
import { ask, askWithin, openReader, type Reader } from "./reader.ts";
import { slicePage } from "./slice-page.ts";

type Scan = {
  dataset: string;
  subject: string;
  session: string;
  suffix: string;
  run: string;
  age: null | boolean | number | string;
  metadata: JsonObject;
  dims: readonly number[] | null;
};
type Result = { of: number; level: Level; tag: string; value: number | string };
type Derivative = { of: number; level: Level; analysis: string; version: string; state: string; outdated: boolean };

const odd = fc.constantFrom("a", "Ünï çødé", "🧠", "a'b\"c", "%_\\", "1");
const value = fc.oneof(odd, fc.integer({ min: 0, max: 90 }), fc.constantFrom(null, true, 9007199254740991, 1e-9, "20"));
const scan: fc.Arbitrary<Scan> = fc.record({
  dataset: fc.constantFrom("one", "two"),
  subject: fc.constantFrom("01", "02", "03"),
  session: fc.constantFrom("", "a"),
  suffix: fc.constantFrom("T1w", "bold"),
  run: fc.constantFrom("1", "2", "3"),
  age: value,
  metadata: fc.dictionary(
    fc.constantFrom("A", "B", "__proto__", "C d"),
    fc.oneof(value, fc.array(fc.integer({ min: 0, max: 3 }))),
  ),
  dims: fc.constantFrom(null, [64, 64, 32], [64, 64, 32, 1], [64, 64, 32, 200]),
});
const derivative: fc.Arbitrary<Derivative> = fc.record({
  of: fc.nat(),
  level: fc.constantFrom(...levels),
  analysis: fc.constantFrom("mask", "volumes", "rare"),
  version: fc.constantFrom("1.2.0", "2.0.0"),
  state: fc.constantFrom("in-force", "superseded"),
  outdated: fc.boolean(),
});
const result: fc.Arbitrary<Result> = fc.record({
  of: fc.nat(),
  level: fc.constantFrom(...levels),
  tag: fc.constantFrom("tsnr", "grade"),
  value: fc.constantFrom(1, 2, 50.5, "a"),
});

const atom = fc.oneof(
  fc.constantFrom(
    ...['result("tsnr") < 2', 'result("tsnr", "quality") >= 2', 'result("grade") == "a"', 'result("tsnr").max() > 1'],
    ...['has(result("grade"))', 'result("tsnr", "none") == 1', '2 in result("grade")'],
  ),
  fc.constantFrom("T1w", "bold").map((suffix) => `scan.suffix == "${suffix}"`),
  fc
    .tuple(fc.constantFrom("session", "subject", "dataset"), fc.constantFrom("T1w", "bold", "pet"))
    .map(([group, suffix]) => `"${suffix}" in ${group}.suffixes`),
  fc
    .tuple(fc.constantFrom("subject", "session"), fc.constantFrom("<", ">=", "=="), fc.integer({ min: 0, max: 90 }))
    .map(([group, operator, age]) => `${group}.age ${operator} ${age}`),
  fc.constantFrom("mask", "volumes@1", "volumes@2.0", "rare", "none").map((name) => `has.derivative("${name}")`),
  fc.tuple(fc.constantFrom("A", "B"), odd).map(([key, text]) => `metadata.${key} == ${JSON.stringify(text)}`),
  fc
    .tuple(fc.constantFrom("A", "B"), fc.constantFrom("<", ">"), fc.integer({ min: 0, max: 90 }))
    .map(([key, operator, number]) => `metadata.${key} ${operator} ${number}`),
  fc.constantFrom('has(metadata["C d"])', 'metadata["__proto__"] == 1', "metadata.A[0] == 1", "2 in metadata.B"),
  fc.constantFrom(
    'subject.label == "02"',
    'session.label == "a"',
    'dataset.name in ["two"]',
    "scan.entities.run > '1'",
  ),
  fc.constantFrom(
    'scan.path.matches("run-[12]_")',
    'file.role == "image"',
    'file.path.endsWith(".json")',
    "file.size > 1",
  ),
);
const members = fc.constantFrom(
  "subject.sessions.size() >= 1",
  "session.scans.size() < 3",
  "subject.scans.size() > 2",
  '"a" in subject.sessions',
  "metadata.B.max() > 1",
  "metadata.A.min() == metadata.B.min()",
  "image.volumes > 1",
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    members,
    fc.tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition")).map(([l, o, r]) => `(${l}) ${o} (${r})`),
    tie("condition").map((operand) => `!(${operand})`),
  ),
}));

const hash = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const pathOf = ({ subject, session, suffix, run }: Scan): string =>
  `sub-${subject}/ses-${session}/run-${run}_${suffix}.nii`;
const keyOf = (one: Scan): string => `${one.dataset}/${pathOf(one)}`;
const ageOf = ({ age }: Scan) => ({ age, note: "n" });

const filesOf = (one: Scan) => [
  { path: pathOf(one), role: "image", size: 2, sha256: hash(keyOf(one)) },
  { path: pathOf(one).replace(".nii", ".json"), role: "json", size: 1, sha256: hash("json") },
];

const insertScan = (sql: Queryable, one: Scan) => sql`
  insert into catalog.scans (dataset, path, subject, session, datatype, suffix, extension, entities, metadata, subject_attributes,
    session_attributes, files, sidecars, size, sha256, facts_hash, images_hash, revision, image)
  values (${one.dataset}, ${pathOf(one)}, ${one.subject}, ${one.session}, 'anat', ${one.suffix}, '.nii',
    ${JSON.stringify({ run: one.run })}::text::jsonb, ${JSON.stringify(one.metadata)}::text::jsonb,
    ${JSON.stringify(ageOf(one))}::text::jsonb, ${JSON.stringify(ageOf(one))}::text::jsonb,
    ${JSON.stringify(filesOf(one))}::text::jsonb, '{}', 2, ${hash(keyOf(one))}, '', '', 1,
    ${one.dims === null ? null : JSON.stringify({ dims: one.dims })}::text::jsonb)`;

const insertDerivative = (sql: Queryable, one: Derivative, of: Scan, index: number) => sql`
  insert into catalog.derivatives (id, dataset, path, analysis, version, parameters_hash, output, key, level, subject, session, scan,
    entities, suffix, extension, size, sha256, sequence, state, outdated, task, datasets, revision)
  values (${randomUUID()}, ${of.dataset}, ${`derivatives/${index}`}, ${one.analysis}, ${one.version}, '', 'out', '', ${one.level},
    ${one.level === "dataset" ? null : of.subject}, ${one.level === "scan" || one.level === "session" ? of.session : null},
    ${one.level === "scan" ? pathOf(of) : null}, '{}', 'mask', '.nii', 1, '', 1, ${one.state}, ${one.outdated}, '', ${[of.dataset]}, 1)`;

/** The tagger's view, as a table. */
const createResults = async (): Promise<void> => {
  await sql`create schema tagger`;
  await sql`create table tagger.results_v1 (document text, tag text, owner text, datasets text[], level text, dataset text, subject text,
    session text, scan text, value jsonb)`;
};

const insertResult = (sql: Queryable, one: Result, of: Scan) => sql`
  insert into tagger.results_v1 values ('quality', ${one.tag}, 'service', ${[of.dataset]}, ${one.level}, ${of.dataset},
    ${one.level === "dataset" ? null : of.subject}, ${one.level === "scan" || one.level === "session" ? of.session || null : null},
    ${one.level === "scan" ? pathOf(of) : null}, ${JSON.stringify(one.value)}::text::jsonb)`;

const liesIn = (level: Level, one: Scan, other: Scan): boolean =>
  one.dataset === other.dataset &&
  (level === "dataset" || one.subject === other.subject) &&
  (level === "dataset" || level === "subject" || one.session === other.session) &&
  (level !== "scan" || pathOf(one) === pathOf(other));

let sql: Sql;
let reader: Reader;
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  const servers = await startCatalogServers();
  url = servers.databaseUrl;
  sql = connect(url, { max: 1 });
  await createAccessTable(sql);
  await createResults();
  reader = openReader(url, { seconds: 30, maxConnections: 1 });
  stop = async () => {
    await Promise.all([reader.close(), disconnect(sql)]);
    await servers.stop();
  };
});

afterAll(() => stop());

const unlimited = { readable: "all", mayRead: "all", limit: 1_000, after: undefined } as const;

const random = (seed: number) => {
  const drawn = fc.sample(scan, { seed, numRuns: 60 });
  const scans = [...new Map(drawn.map((one) => [keyOf(one), one])).values()];
  const derivatives = fc.sample(derivative, { seed, numRuns: 25 }).flatMap((one) => {
    const from = scans[one.of % scans.length];
    return from === undefined ? [] : [{ ...one, from }];
  });
  const results = fc.sample(result, { seed, numRuns: 40 }).flatMap((one) => {
    const from = scans[one.of % scans.length];
    return from === undefined ? [] : [{ ...one, from }];
  });
  return {
    scans,
    derivatives,
    results,
    conditions: [...new Set(fc.sample(condition, { seed, numRuns: 2_000 }))].slice(0, 1_000),
  };
};

type Random = ReturnType<typeof random>;

/** What is known of a scan and one of its files, as direct evaluation wants it. */
const factsOf = (
  { scans, derivatives, results }: Random,
  one: Scan,
  file: { path: string; role: string; size: number },
): QueryFacts => {
  const beside = (level: Level) => {
    const suffixes = scans.filter((other) => liesIn(level, other, one)).map(({ suffix }) => suffix);
    return { suffixes: [...new Set(suffixes)].sort() };
  };
  const paths = (level: Level) => scans.filter((other) => liesIn(level, other, one)).map(pathOf);
  const sessions = scans.filter((other) => liesIn("subject", other, one)).map(({ session }) => session);
  const has = derivatives.filter(
    ({ level, state, outdated, from }) => state === "in-force" && !outdated && liesIn(level, from, one),
  );
  // Of each tag, what the nearest level has.
  const near = ["tsnr", "grade"].flatMap((tag) => {
    const found = results.filter((each) => each.tag === tag && liesIn(each.level, each.from, one));
    const nearest = levels.find((level) => found.some((each) => each.level === level));
    // Texts stand before numbers, as PostgreSQL orders jsonb.
    return found
      .filter(({ level }) => level === nearest)
      .sort(({ value: a }, { value: b }) =>
        typeof a === typeof b ? Number(a) - Number(b) : typeof a === "string" ? -1 : 1,
      );
  });
  const label = one.session === "" ? null : one.session;
  return {
    dataset: { name: one.dataset, ...beside("dataset") },
    subject: {
      ...{ ...ageOf(one), label: one.subject, ...beside("subject"), scans: paths("subject") },
      sessions: [...new Set(sessions.filter((session) => session !== ""))],
    },
    session: { ...ageOf(one), label, ...beside("session"), scans: paths("session") },
    scan: { path: pathOf(one), suffix: one.suffix, entities: { run: one.run } },
    file: { path: file.path, role: file.role, size: file.size },
    metadata: one.metadata,
    ...(one.dims !== null && { image: { dims: one.dims, volumes: one.dims[3] ?? 1 } }),
    result: { values: near.map(({ tag, value }) => ({ tag, document: "quality", value })) },
    has: { derivatives: has.map(({ analysis, version }) => ({ analysis, version, output: "out" })) },
  };
};

const sliceOf = (level: Level, one: Scan): string =>
  [
    one.dataset,
    ...(level === "dataset" ? [] : [one.subject]),
    ...(level === "scan" || level === "session" ? [one.session] : []),
    ...(level === "scan" ? [pathOf(one)] : []),
  ].join("/");

test("a thousand random queries find at every level what direct evaluation of each scan finds", {
  timeout: 300_000,
}, async () => {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
  const catalog = random(seed);
  await sql.begin(async (tx) => {
    for (const one of catalog.scans) await insertScan(tx, one);
    for (const [index, one] of catalog.derivatives.entries()) await insertDerivative(tx, one, one.from, index);
    for (const one of catalog.results) await insertResult(tx, one, one.from);
  });
  const files = catalog.scans.flatMap((one) =>
    filesOf(one).map((file) => ({ one, file, facts: factsOf(catalog, one, file) })),
  );
  let found = 0;
  for (const [index, expression] of catalog.conditions.entries()) {
    const { evaluate } = compileExpression(expression, queryFields);
    const isTrue = (facts: QueryFacts): boolean => {
      const verdict = evaluate(facts);
      return "value" in verdict && verdict.value;
    };
    const level = levels[index % levels.length] ?? "scan";
    const images = files.filter(({ file, facts }) => file.role === "image" && isTrue(facts));
    const slices = await slicePage(reader, { expression: compileQuery(expression), level, ...unlimited });
    const named = slices.items.map(({ slice: { dataset, subject, session, scan: path } }) =>
      [dataset, subject, level === "subject" || level === "dataset" ? null : (session ?? ""), path]
        .filter((part) => part !== null)
        .join("/"),
    );
    const expected = new Set(images.map(({ one }) => sliceOf(level, one)));
    expect(named.sort(), `seed ${seed}, by ${level}: ${expression}`).toEqual([...expected].sort());
    const page = await filePage(reader, { expression: compileQuery(expression), level: "scan", ...unlimited });
    expect(
      page.items.map(({ slice, file }) => `${slice.dataset}/${file?.path}`).sort(),
      `seed ${seed}, by file: ${expression}`,
    ).toEqual(
      files
        .filter(({ facts }) => isTrue(facts))
        .map(({ one, file }) => `${one.dataset}/${file.path}`)
        .sort(),
    );
    found += named.length;
  }
  console.info(`seed ${seed}: ${catalog.conditions.length} queries found ${found} slices`);
  expect(found).toBeGreaterThan(0);
});

test.each([
  ["a pattern that makes others backtrack for ever", 'scan.path.matches("^(.*)*(.+)+(a|aa|.)*x$")'],
  ["as many terms as fit", Array(400).fill('scan.suffix=="x"').join("||").slice(0, 4_094)],
  ["as long a list as fits", `file.size in [${Array(1_000).fill("7").join(",")}]`],
  ["as many negations as fit", `${"!".repeat(900)}has(subject.nothing)`],
])("%s are answered", async (_, source) => {
  const expression = source.replace(/\|\|[^|]*$/, "");
  expect(
    (await slicePage(reader, { expression: compileQuery(expression), level: "scan", ...unlimited })).next,
  ).toBeNull();
});

test("a question that takes too long is given up with advice, and nothing can be written", async () => {
  const hurried = openReader(url, { seconds: 0.2, maxConnections: 1 });
  try {
    await expect(ask(hurried, fragment`select pg_sleep(30)`)).rejects.toThrow("took more than 0.2 s");
    expect(await askWithin(hurried, 0.1, fragment`select pg_sleep(30)`)).toBeNull();
    expect(await ask(hurried, fragment`select 1 as one`)).toEqual([{ one: 1 }]);
    await expect(ask(hurried, fragment`delete from catalog.scans`)).rejects.toThrow("read-only");
  } finally {
    await hurried.close();
  }
});

test("aggregates over a subject are looked up by an index, and a dataset's subjects are not counted anew for each scan", async () => {
  const explained = async (source: string): Promise<string> =>
    (await explainQuery(reader, { expression: compileQuery(source), level: "scan", ...unlimited }, false)).plan.join(
      "\n",
    );
  // A table of a few rows is read as a whole.
  const [one] = random(7).scans;
  if (one === undefined) throw new Error("There is no scan.");
  for (let n = 0; n < 2_000; n++) await insertScan(sql, { ...one, subject: `many${n}` });
  await sql`analyze catalog.scans`;
  expect(await explained("subject.sessions.size() >= 2")).toMatch(/Index .*scan.* beside/i);
  expect(await explained("session.scans.size() >= 2")).toMatch(/Index .*scan.* beside/i);
  expect(await explained("dataset.subjects.size() >= 2")).toContain("datasets_pkey");
});

test("columns and counts are those of direct evaluation", async () => {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
  const catalog = random(seed);
  await sql`truncate catalog.scans, catalog.derivatives, tagger.results_v1`;
  await sql.begin(async (tx) => {
    for (const one of catalog.scans) await insertScan(tx, one);
    for (const [index, one] of catalog.derivatives.entries()) await insertDerivative(tx, one, one.from, index);
    for (const one of catalog.results) await insertResult(tx, one, one.from);
  });
  const sources = ["subject.age", "scan.entities.run", "metadata.A", "subject.sessions.size()", "image.volumes * 2"];
  const columns = compileColumns([
    ...sources,
    'result("tsnr")',
    'has.derivative("mask")',
    'scan.suffix == "T1w" ? "a" : metadata.B',
  ]);
  const query = { expression: compileQuery('scan.suffix == "T1w" || metadata.A != 1'), columns, ...unlimited };
  const found = await slicePage(reader, { ...query, level: "scan" });
  const known = new Map(
    catalog.scans.map((one) => [
      keyOf(one),
      columns.map(
        ({ evaluate }) => evaluate(factsOf(catalog, one, { path: pathOf(one), role: "image", size: 2 })) ?? null,
      ),
    ]),
  );
  expect(found.items.length).toBeGreaterThan(0);
  for (const { slice, values } of found.items)
    expect(values, `seed ${seed}: ${slice.scan}`).toEqual(known.get(`${slice.dataset}/${slice.scan}`));
  const files = await filePage(reader, { ...query, level: "scan" });
  for (const { slice, values } of files.items)
    expect(values, `seed ${seed}: ${slice.scan}`).toEqual(known.get(`${slice.dataset}/${slice.scan}`));
  const grouped = await slicePage(reader, { ...query, level: "subject" });
  for (const { slice, values = [] } of grouped.items) {
    const scansOf = found.items.filter(
      (one) => one.slice.dataset === slice.dataset && one.slice.subject === slice.subject,
    );
    for (const [index, value] of values.entries()) {
      const all = new Set(scansOf.map((one) => JSON.stringify(one.values?.[index])).filter((text) => text !== "null"));
      const [only = "null"] = all;
      if (all.size < 2) expect(JSON.stringify(value), `seed ${seed}: ${slice.subject}`).toBe(only);
      else expect(Array.isArray(value) && value.length, `seed ${seed}: ${slice.subject}`).toBe(all.size);
    }
  }
  const counted = await countGroups(reader, { ...query, level: "scan" }, columns);
  const groups = Map.groupBy(found.items, ({ values }) => JSON.stringify(values));
  expect(counted.next).toBeNull();
  expect(counted.items).toHaveLength(groups.size);
  for (const { values, scans, subjects } of counted.items) {
    const group = groups.get(JSON.stringify(values)) ?? [];
    expect(scans).toBe(group.length);
    expect(subjects).toBe(new Set(group.map(({ slice }) => `${slice.dataset}/${slice.subject}`)).size);
  }
  // Pages of two give the same groups in the same order.
  const paged: (typeof counted.items)[number][] = [];
  for (let after: string | undefined; ; ) {
    const page = await countGroups(reader, { ...query, level: "scan", limit: 2, after }, columns);
    paged.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  expect(paged).toEqual(counted.items);
});
