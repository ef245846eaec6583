import { setTimeout as sleep } from "node:timers/promises";
import { startTestServers } from "@rollerblade/embedded";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tryLock } from "./advisory-lock.ts";
import { connect, disconnect, type Queryable, type Sql } from "./connect.ts";
import { transaction } from "./transaction.ts";

const servers = await startTestServers();
let sql: Sql;
let other: Sql;

beforeAll(async () => {
  sql = connect(servers.databaseUrl, { max: 1, name: "victim" });
  other = connect(servers.databaseUrl, { max: 1 });
  await sql`create table note (text text)`;
});

afterAll(async () => {
  await Promise.all([disconnect(sql), disconnect(other)]);
  await servers.stop();
});

const killVictim = async (): Promise<void> => {
  await other`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`;
  await sleep(50);
};

const write = (tx: Queryable, text: string) => tx`insert into note ${tx({ text })}`;

const notes = async (): Promise<string[]> =>
  (await other<{ text: string }[]>`select text from note`).map(({ text }) => text);

test("a transaction whose connection died writes nothing, not even outside of it", async () => {
  const work = transaction(sql, async (tx) => {
    await write(tx, "before");
    await killVictim();
    // Somebody else makes the pool connect anew, on the very connection that the transaction had.
    await sql`select 1`;
    await write(tx, "after").catch(() => {});
    await write(tx, "later");
  });
  await expect(work).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  await sleep(50);
  expect(await notes()).toEqual([]);
});

test("work under a lock whose connection died ends with an error, and the pool goes on", async () => {
  const held = tryLock(sql, "lock", killVictim);
  await expect(Promise.race([held, sleep(5_000, "hangs")])).resolves.toBe(true);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
});

test("connections that die again and again in the middle of everything leave a pool that works", async () => {
  const busy = Array.from({ length: 200 }, async (_, turn) => {
    await sleep(turn * 5);
    await transaction(sql, async (tx) => {
      await write(tx, `${turn}`);
      await write(tx, `${turn}`);
    }).catch(() => {});
  });
  const killer = (async () => {
    for (let kill = 0; kill < 10; kill++) {
      await sleep(100);
      await other`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`;
    }
  })();
  await Promise.all([...busy, killer]);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  const written = await other`select text, count(*) as times from note group by text having count(*) <> 2`;
  expect(written).toEqual([]);
});
