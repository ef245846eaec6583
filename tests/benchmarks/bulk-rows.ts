#!/usr/bin/env node
/** Times the ways to send many rows with one statement: `node tests/benchmarks/bulk-rows.ts`. `insertRecords` goes in by `recordset`. */
import { randomUUID } from "node:crypto";
import { connect, disconnect, recordset, type Sql } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";

type Narrow = { readonly id: string; readonly sequence: number; readonly state: string };
type Wide = Narrow & {
  readonly dataset: string;
  readonly path: string;
  readonly key: string;
  readonly owner: string;
  readonly reason: string;
  readonly slice: object;
  readonly parameters: object;
  readonly decidedAt: Date;
  readonly ready: boolean;
};

const narrow = (index: number): Narrow => ({ id: randomUUID(), sequence: index, state: "open" });

const wide = (index: number): Wide => ({
  ...narrow(index),
  dataset: "ds000001",
  path: `sub-${index}/anat/sub-${index}_T1w.nii.gz`,
  key: randomUUID(),
  owner: "ada",
  reason: "",
  slice: {
    level: "scan",
    dataset: "ds000001",
    subject: String(index),
    path: `sub-${index}/anat/sub-${index}_T1w.nii.gz`,
  },
  parameters: { threshold: 0.5, names: ["a", "b"], text: 'it is "quoted"' },
  decidedAt: new Date(),
  ready: true,
});

const narrowTypes = "id uuid, sequence bigint, state text";
const wideTypes = `${narrowTypes}, dataset text, path text, key text, owner text, reason text, slice jsonb, parameters jsonb,
  "decidedAt" timestamptz, ready boolean`;

const narrowColumns = { id: "uuid", sequence: "bigint", state: "text" } as const;

const wideColumns = {
  ...narrowColumns,
  dataset: "text",
  path: "text",
  key: "text",
  owner: "text",
  reason: "text",
  slice: "jsonb",
  parameters: "jsonb",
  decidedAt: "timestamp with time zone",
  ready: "boolean",
} as const;

type Insert = (rows: readonly Wide[]) => PromiseLike<unknown>;

const ways = (
  sql: Sql,
): Record<string, { narrow: (rows: readonly Narrow[]) => PromiseLike<unknown>; wide: Insert }> => ({
  unnest: {
    narrow: (rows) => sql`
      insert into narrow select * from unnest(${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ sequence }) => sequence)}::bigint[], ${rows.map(({ state }) => state)}::text[])`,
    wide: (rows) => sql`
      insert into wide select id, sequence, state, dataset, path, key, owner, reason, slice::jsonb, parameters::jsonb,
        decided_at, ready
      from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ sequence }) => sequence)}::bigint[],
        ${rows.map(({ state }) => state)}::text[], ${rows.map(({ dataset }) => dataset)}::text[],
        ${rows.map(({ path }) => path)}::text[], ${rows.map(({ key }) => key)}::text[],
        ${rows.map(({ owner }) => owner)}::text[], ${rows.map(({ reason }) => reason)}::text[],
        ${rows.map(({ slice }) => JSON.stringify(slice))}::text[],
        ${rows.map(({ parameters }) => JSON.stringify(parameters))}::text[],
        ${sql.array(rows.map(({ decidedAt }) => decidedAt))}::timestamptz[],
        ${sql.array(rows.map(({ ready }) => ready))}::boolean[])
      as row (id, sequence, state, dataset, path, key, owner, reason, slice, parameters, decided_at, ready)`,
  },
  recordset: {
    narrow: (rows) => sql`insert into narrow select * from ${recordset(sql, narrowColumns, rows)} as row`,
    wide: (rows) => sql`insert into wide select * from ${recordset(sql, wideColumns, rows)} as row`,
  },
  json_to_recordset: {
    narrow: (rows) =>
      sql`insert into narrow select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as row(${sql.unsafe(narrowTypes)})`,
    wide: (rows) =>
      sql`insert into wide select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as row(${sql.unsafe(wideTypes)})`,
  },
  jsonb_to_recordset: {
    narrow: (rows) =>
      sql`insert into narrow select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as row(${sql.unsafe(narrowTypes)})`,
    wide: (rows) =>
      sql`insert into wide select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as row(${sql.unsafe(wideTypes)})`,
  },
});

const rounds = { 1: 400, 100: 60, 5000: 9 };

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const servers = await startTestServers();
const sql = connect(servers.databaseUrl);
try {
  await sql`create unlogged table narrow (id uuid, sequence bigint, state text)`;
  await sql`create unlogged table wide (id uuid, sequence bigint, state text, dataset text, path text, key text, owner text,
    reason text, slice jsonb, parameters jsonb, decided_at timestamptz, ready boolean)`;
  const timed = async (work: () => PromiseLike<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  for (const [count, repeats] of Object.entries(rounds)) {
    const times = new Map<string, number[]>();
    for (let round = 0; round < repeats; round++) {
      for (const [name, way] of Object.entries(ways(sql))) {
        const narrowRows = Array.from({ length: Number(count) }, (_, index) => narrow(index));
        const wideRows = Array.from({ length: Number(count) }, (_, index) => wide(index));
        const add = (of: string, time: number) => times.set(of, [...(times.get(of) ?? []), time]);
        add(`3 columns   ${name}`, await timed(() => way.narrow(narrowRows)));
        add(`12 columns  ${name}`, await timed(() => way.wide(wideRows)));
      }
      await sql`truncate narrow, wide`;
    }
    for (const [name, values] of [...times].toSorted())
      process.stdout.write(
        `${count.padStart(5)} rows  ${name.padEnd(34)}${median(values).toFixed(2).padStart(9)} ms\n`,
      );
  }
} finally {
  await disconnect(sql);
  await servers.stop();
}
