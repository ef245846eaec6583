import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { afterAll, expect, test } from "vitest";
import { startMigratedServers } from "./start-migrated-servers.ts";

const folder = await mkdtemp(join(tmpdir(), "rollerblade-template-"));
afterAll(() => rm(folder, { recursive: true }));

const service = async (column: string): Promise<{ schema: string; migrations: URL }> => {
  const migrations = join(folder, column);
  await mkdir(join(migrations, "meta"), { recursive: true });
  const entries = [{ idx: 0, version: "7", when: 1, tag: "0000_first", breakpoints: true }];
  await writeFile(
    join(migrations, "meta", "_journal.json"),
    JSON.stringify({ version: "7", dialect: "postgresql", entries }),
  );
  await writeFile(join(migrations, "0000_first.sql"), `create table made.things (${column} int)`);
  return { schema: "made", migrations: pathToFileURL(`${migrations}/`) };
};

test("the second file's database is a copy of the first one's tables and shares nothing with it", async () => {
  const column = `one_${Date.now()}`;
  const tables = [await service(column)];
  const first = await startMigratedServers(tables);
  expect(first.fromTemplate).toBe(false);
  const sql = postgres(first.databaseUrl, { max: 1 });
  await sql`insert into made.things values (1)`;
  const second = await startMigratedServers(tables);
  expect(second.fromTemplate).toBe(true);
  const copy = postgres(second.databaseUrl, { max: 1 });
  expect(await copy`select * from made.things`).toHaveLength(0);
  expect(await copy`select hash from made.migrations`).toHaveLength(1);
  await Promise.all([sql.end({ timeout: 5 }), copy.end({ timeout: 5 })]);
  await Promise.all([first.stop(), second.stop()]);
});

test("edited migrations are another template", async () => {
  const column = `two_${Date.now()}`;
  const first = await startMigratedServers([await service(column)]);
  await writeFile(join(folder, column, "0000_first.sql"), `create table made.other_things (${column} int)`);
  const second = await startMigratedServers([
    { schema: "made", migrations: pathToFileURL(`${join(folder, column)}/`) },
  ]);
  expect(second.fromTemplate).toBe(false);
  await Promise.all([first.stop(), second.stop()]);
});
