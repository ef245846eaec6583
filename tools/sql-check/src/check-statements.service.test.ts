import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkStatements, type Report } from "./check-statements.ts";

const repository = join(import.meta.dirname, "../../..");
let root = "";

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

const migration = "create table store.pieces (id integer primary key, piece_name text not null, note text);\n";

/** Migrates the tables of a service "store", and checks the statements of its one file. */
const check = async (source: string, sql = migration): Promise<Report> => {
  await write("services/store/migrations/0000_first.sql", sql);
  await write(
    "services/store/src/pieces.ts",
    `import { assignExcluded, columnNames, insertRecords, table, type Sql } from "@rollerblade/database";
    type PieceRow = { readonly id: number; readonly pieceName: string; readonly note: string | null };
    export const piecesTable = table<PieceRow>()(
      "store.pieces", { id: "integer", pieceName: "text", note: "text" }, ["id", "pieceName"]);
    export const uses = [assignExcluded, columnNames, insertRecords];
    ${source}`,
  );
  return checkStatements({
    root,
    services: [{ schema: "store", migrations: pathToFileURL(`${join(root, "services/store/migrations")}/`) }],
  });
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "rollerblade-sql-check-"));
  await symlink(join(repository, "node_modules"), join(root, "node_modules"));
  await write("package.json", JSON.stringify({ type: "module" }));
  await write(
    "tsconfig.json",
    JSON.stringify({
      extends: join(repository, "tsconfig.base.json"),
      compilerOptions: { typeRoots: ["node_modules/@types"] },
      include: ["services"],
    }),
  );
  await write(
    "services/store/migrations/meta/_journal.json",
    JSON.stringify({
      version: "7",
      dialect: "postgresql",
      entries: [{ idx: 0, version: "7", when: 1, tag: "0000_first", breakpoints: true }],
    }),
  );
});

afterEach(() => rm(root, { recursive: true }));

const reading = `
  export const named = (sql: Sql, name: string) => sql<PieceRow[]>\`select id, piece_name, note from store.pieces where piece_name = \${name}\`;`;

const upsert = `
  const isReplaced = (key: string): key is "pieceName" | "note" => key !== "id";
  export const put = async (sql: Sql, rows: readonly PieceRow[]) => {
    const replaced = Object.keys(rows[0] ?? {}).filter(isReplaced);
    await insertRecords(sql, piecesTable, rows, {
      onConflict: sql\`on conflict (id) do update set \${assignExcluded(sql, replaced)}\`,
    });
  };
  const keys: readonly (keyof PieceRow)[] = ["id", "pieceName", "note"];
  export const every = (sql: Sql) => sql<PieceRow[]>\`select \${columnNames(sql, keys, "p")} from store.pieces p\`;`;

test("statements that fit the tables pass", async () => {
  expect(await check(reading + upsert)).toMatchObject({ statements: 3, variants: 3, faults: [], unresolved: [] });
});

test("a column that a migration renames fails every statement that names it, also those whose columns come from a type", async () => {
  const renamed = `${migration}alter table store.pieces rename column piece_name to title;`;
  const { faults, unresolved } = await check(reading + upsert, renamed);
  expect(unresolved).toEqual([]);
  expect(faults).toEqual([
    'services/store/src/pieces.ts:11  column "piece_name" of relation "pieces" does not exist',
    "services/store/src/pieces.ts:16  column p.piece_name does not exist",
    'services/store/src/pieces.ts:7  column "piece_name" does not exist',
  ]);
});

test("a row type that the statement does not return fails", async () => {
  const { faults } = await check(`
    export const ids = (sql: Sql) => sql<{ id: string; size: number }[]>\`select id, note from store.pieces\`;`);
  expect(faults.map((fault) => fault.replace(/^\S+ +/, ""))).toEqual([
    "id is int4 and not string",
    "its row type has size, which it does not return",
  ]);
});

test("a statement that is only known when it runs is reported, also where a part of it is", async () => {
  const { faults, unresolved } = await check(`
    export const any = (sql: Sql, columns: string) => sql\`select \${sql.unsafe(columns)} from store.pieces\`;
    export const some = (sql: Sql, columns: readonly string[]) => sql\`select \${columnNames(sql, columns)} from store.pieces\`;
    export const part = (sql: Sql) => sql\`and piece_name = 'a'\`;`);
  expect(faults).toEqual([]);
  expect(unresolved.map((line) => line.replace(/^\S+ +/, ""))).toEqual([
    "the text of sql.unsafe(columns) is not a constant",
    "the type of columns names no columns",
    "it is a part of no statement that could be written",
  ]);
});

test("a file of generic statements is passed over", async () => {
  await write(
    "services/store/src/generic.ts",
    `
    import type { Sql } from "@rollerblade/database";
    export const any = (sql: Sql, columns: string) => sql\`select \${sql.unsafe(columns)} from store.pieces\`;`,
  );
  await write("services/store/migrations/0000_first.sql", migration);
  const generic = { "services/store/src/generic.ts": "its test" };
  const services = [{ schema: "store", migrations: pathToFileURL(`${join(root, "services/store/migrations")}/`) }];
  expect(await checkStatements({ root, services, generic })).toMatchObject({ statements: 0, unresolved: [] });
  expect(await checkStatements({ root, services })).toMatchObject({
    unresolved: [expect.stringContaining("generic.ts:3")],
  });
});
