import postgres from "postgres";
import { expect, test } from "vitest";
import { startTestServers } from "./start-test-servers.ts";

test("each test file gets a database of its own, and it is gone afterwards", async () => {
  const [one, two] = await Promise.all([startTestServers(), startTestServers()]);
  expect(one.databaseUrl).not.toBe(two.databaseUrl);
  expect(one.natsUrl).not.toBe(two.natsUrl);
  const sql = postgres(one.databaseUrl, { max: 1 });
  await sql`create table here (id int)`;
  await sql.end({ timeout: 5 });
  const other = postgres(two.databaseUrl, { max: 1 });
  expect(await other`select 1 from pg_tables where tablename = 'here'`).toHaveLength(0);
  await one.stop();
  const name = new URL(one.databaseUrl).pathname.slice(1);
  await expect.poll(async () => (await other`select 1 from pg_database where datname = ${name}`).length).toBe(0);
  await other.end({ timeout: 5 });
  await two.stop();
});
