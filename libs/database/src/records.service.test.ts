import { randomUUID } from "node:crypto";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, disconnect, type Sql } from "./connect.ts";
import { insertRecords, recordset } from "./records.ts";
import { columnsOf, table } from "./table.ts";

type PieceRow = {
  readonly id: string;
  readonly pieceNumber: number;
  readonly note: string | null;
  readonly ready: boolean;
  readonly facts: unknown;
  readonly labels: string[];
  readonly body: Uint8Array | null;
  readonly madeAt: Date;
};

const piecesTable = table<PieceRow>()(
  "store.pieces",
  {
    id: "uuid",
    pieceNumber: "bigint",
    note: "text",
    ready: "boolean",
    facts: "jsonb",
    labels: "text[]",
    body: "bytea",
    madeAt: "timestamp with time zone",
  },
  ["id", "pieceNumber"],
);

const servers = await startTestServers();
let sql: Sql;

beforeAll(async () => {
  sql = connect(servers.databaseUrl);
  await sql`create schema store`;
  await sql`
    create table store.pieces (
      id uuid primary key, piece_number bigint not null, note text, ready boolean not null default false, facts jsonb,
      labels text[] not null default '{}', body bytea, made_at timestamptz not null default now())`;
});

beforeEach(() => sql`truncate store.pieces`);

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});

const awkward = ['a "quoted" one', "back\\slash", "{braces, commas}", "NULL", "", " lines\nand\ttabs ", "ä😀"];

describe("insertRecords", () => {
  test("every type comes back as it went in", async () => {
    const row: PieceRow = {
      id: randomUUID(),
      pieceNumber: 9_007_199_254_740_991,
      note: awkward.join("|"),
      ready: true,
      facts: { a: [1, null, { b: 'x"y' }], snake_case: true },
      labels: awkward,
      body: Buffer.from([0, 1, 255]),
      madeAt: new Date("2026-01-02T03:04:05.678Z"),
    };
    const bare: PieceRow = { ...row, id: randomUUID(), note: null, facts: null, body: null };
    await insertRecords(sql, piecesTable, [row, bare]);
    expect(await sql`select * from store.pieces order by note nulls last`).toEqual([row, bare]);
  });

  test("columns that no row has get their defaults", async () => {
    await insertRecords(sql, piecesTable, [{ id: randomUUID(), pieceNumber: 1 }]);
    const [row] = await sql<PieceRow[]>`select * from store.pieces`;
    expect(row).toMatchObject({ ready: false, labels: [], note: null, madeAt: expect.any(Date) });
  });

  test("no rows are no statement", async () => {
    expect(await insertRecords(sql, piecesTable, [], { returning: ["id"] })).toEqual([]);
  });

  test("a conflict can be resolved, and columns are returned", async () => {
    const id = randomUUID();
    await insertRecords(sql, piecesTable, [{ id, pieceNumber: 1 }]);
    const onConflict = sql`on conflict (id) do update set piece_number = excluded.piece_number`;
    const rows = [
      { id, pieceNumber: 2 },
      { id: randomUUID(), pieceNumber: 3 },
    ];
    expect(await insertRecords(sql, piecesTable, rows, { onConflict, returning: ["id", "pieceNumber"] })).toEqual(rows);
  });
});

describe.each([2, 1_500])("recordset of %d rows", (count) => {
  const columns = {
    ...columnsOf(piecesTable, "id", "pieceNumber", "note", "ready", "madeAt"),
    place: "integer",
  } as const;
  const rows = Array.from({ length: count }, (_, place) => ({
    id: randomUUID(),
    pieceNumber: place * 10,
    note: place === 0 ? null : (awkward[place % awkward.length] ?? ""),
    ready: place % 2 === 0,
    madeAt: new Date(1_767_322_000_000 + place),
    place,
  }));

  test("has each column in snake_case and with its type", async () => {
    const found = await sql`select * from ${recordset(sql, columns, rows)} as piece order by piece.place`;
    expect([...found]).toEqual(rows);
  });

  test("updates a table", async () => {
    await insertRecords(
      sql,
      piecesTable,
      rows.map(({ id, pieceNumber }) => ({ id, pieceNumber })),
    );
    const changed = rows.map(({ id, place }) => ({ id, note: `now ${place}` }));
    await sql`
      update store.pieces as piece set note = changed.note
      from ${recordset(sql, columnsOf(piecesTable, "id", "note"), changed)} as changed where piece.id = changed.id`;
    const [counted] = await sql`
      select count(*)::int as number from store.pieces where note = 'now ' || (piece_number / 10)`;
    expect(counted).toEqual({ number: count });
  });

  test("is empty without rows", async () => {
    expect(await sql`select * from ${recordset(sql, columns, [])} as piece`).toEqual([]);
  });
});

test("columns that a table has not are an error", () => {
  // @ts-expect-error The table has no such column.
  expect(() => columnsOf(piecesTable, "colour")).toThrow("colour");
});

test("rows that miss a required column, or have one that is unknown or of another type, do not compile", () => {
  const neverRun = () => [
    // @ts-expect-error `pieceNumber` is required.
    insertRecords(sql, piecesTable, [{ id: randomUUID() }]),
    // @ts-expect-error `pieceNumber` is a number.
    insertRecords(sql, piecesTable, [{ id: randomUUID(), pieceNumber: "1" }]),
    // @ts-expect-error There is no column `colour`.
    insertRecords(sql, piecesTable, [{ id: randomUUID(), pieceNumber: 1, colour: "red" }]),
    // @ts-expect-error `id` is a text.
    recordset(sql, columnsOf(piecesTable, "id"), [{ id: 1 }]),
  ];
  expect(neverRun).toBeTypeOf("function");
});
