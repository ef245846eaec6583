import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, test } from "vitest";
import { connect, disconnect } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { pendingMigrations } from "./pending-migrations.ts";

const servers = await startTestServers();
const sql = connect(servers.databaseUrl);
const root = mkdtempSync(join(tmpdir(), "migrations-"));

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
  rmSync(root, { recursive: true });
});

type Entry = { tag: string; when: number; sql: string };

const service = (schema: string, entries: readonly Entry[]) => {
  const folder = join(root, schema);
  mkdirSync(join(folder, "meta"), { recursive: true });
  const journal = entries.map(({ tag, when }, idx) => ({ idx, version: "7", when, tag, breakpoints: true }));
  writeFileSync(
    join(folder, "meta/_journal.json"),
    JSON.stringify({ version: "7", dialect: "postgresql", entries: journal }),
  );
  for (const entry of entries) writeFileSync(join(folder, `${entry.tag}.sql`), entry.sql);
  return { schema, migrations: pathToFileURL(`${folder}/`) };
};

const first = {
  tag: "0000_first",
  when: 100,
  sql: 'CREATE SCHEMA IF NOT EXISTS "one";\n--> statement-breakpoint\ncreate table one.a (id int)',
};
const second = { tag: "0001_second", when: 200, sql: "alter table one.a add column b int" };

test("each schema is brought up to date once, also when two migrate at once", async () => {
  const one = service("one", [first]);
  const two = service("two", [{ tag: "0000_first", when: 50, sql: "create table two.a (id int)" }]);
  const outcomes = await Promise.all([
    migrate(servers.databaseUrl, [one, two]),
    migrate(servers.databaseUrl, [one, two]),
  ]);
  expect(outcomes.flat().reduce((sum, { applied }) => sum + applied, 0)).toBe(2);
  expect(await migrate(servers.databaseUrl, [service("one", [first, second])])).toEqual([
    { schema: "one", applied: 1 },
  ]);
  expect(await sql`select b from one.a`).toHaveLength(0);
});

test("what is pending is known, and tables newer than the program are fine", async () => {
  const five = { ...first, sql: 'CREATE SCHEMA IF NOT EXISTS "five"' };
  const [older, newer] = [[five], [five, { tag: "0001_second", when: 200, sql: "create table five.b (id int)" }]];
  expect(await pendingMigrations(servers.databaseUrl, [service("five", newer)])).toEqual([
    { schema: "five", pending: 2 },
  ]);
  await migrate(servers.databaseUrl, [service("five", newer)]);
  expect(await pendingMigrations(servers.databaseUrl, [service("five", newer)])).toEqual([]);
  expect(await pendingMigrations(servers.databaseUrl, [service("five", older)])).toEqual([]);
});

test("a migration that was edited after it was applied is refused", async () => {
  const edited = service("one", [{ ...first, sql: "select 1" }, second]);
  await expect(migrate(servers.databaseUrl, [edited])).rejects.toThrow("0000_first of one was edited");
});

test("a migration older than one that was applied is refused and not skipped", async () => {
  const late = service("one", [first, { tag: "0002_late", when: 150, sql: "select 1" }, second]);
  await expect(migrate(servers.databaseUrl, [late])).rejects.toThrow("0002_late of one is older");
});

test("times that do not rise are refused", async () => {
  const falling = service("three", [second, first]);
  await expect(migrate(servers.databaseUrl, [falling])).rejects.toThrow("0000_first is not younger than 0001_second");
});

test("a failing migration reports PostgreSQL's error and leaves nothing behind", async () => {
  const failing = service("four", [
    { tag: "0000_good", when: 1, sql: "create table four.a (id int)" },
    { tag: "0001_bad", when: 2, sql: "create table four.a (id int)" },
  ]);
  await expect(migrate(servers.databaseUrl, [failing])).rejects.toThrow(/four could not be applied: .*already exists/);
  expect(await sql`select to_regclass('four.a') as made`).toEqual([{ made: null }]);
});
