import { setTimeout as sleep } from "node:timers/promises";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { tryLock } from "./advisory-lock.ts";
import { connect, disconnect, type Queryable, type Sql } from "./connect.ts";
import { listen, notify } from "./notifications.ts";
import { transaction } from "./transaction.ts";

const servers = await startTestServers();
let sql: Sql;
let other: Sql;

beforeAll(async () => {
  other = connect(servers.databaseUrl, { max: 1 });
  await other`create table note (text text)`;
});

beforeEach(async () => {
  await other`truncate note`;
  sql = connect(servers.databaseUrl, { max: 3, name: "victim" });
  return () => disconnect(sql);
});

afterAll(async () => {
  await disconnect(other);
  await servers.stop();
});

const killVictims = () =>
  other`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`;

const write = (tx: Queryable, text: string) => tx`insert into note ${tx({ text })}`;

/** Runs work 200 times, side by side, while all connections are killed ten times; gives back how often it was done. */
const whileDying = async (work: (turn: number) => Promise<unknown>): Promise<number> => {
  const killing = (async () => {
    for (let kill = 0; kill < 10; kill++) {
      await sleep(60);
      await killVictims();
    }
  })();
  const turns = Array.from({ length: 200 }, async (_, turn) => {
    await sleep(turn * 3);
    return work(turn).then(
      () => 1,
      () => 0,
    );
  });
  const done = await Promise.all(turns);
  await killing;
  // Until the pool has noticed the last one.
  await sleep(100);
  return done.reduce((sum, one) => sum + one, 0);
};

test("a transaction whose connection died writes nothing, not even outside of it", async () => {
  const work = transaction(sql, async (tx) => {
    await write(tx, "before");
    await killVictims();
    await sleep(50);
    // Makes the pool connect anew, on the very connection that the transaction had.
    await Promise.allSettled([sql`select 1`, sql`select 1`, sql`select 1`]);
    await write(tx, "after").catch(() => {});
    await write(tx, "later");
  });
  await expect(work).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  await sleep(50);
  expect(await other`select * from note`).toEqual([]);
});

test("transactions on dying connections are done wholly or not at all, and each of them ends", async () => {
  const done = await whileDying((turn) =>
    transaction(sql, async (tx) => {
      await write(tx, `${turn}`);
      await write(tx, `${turn}`);
    }),
  );
  expect(done).toBeGreaterThan(100);
  expect(await other`select text from note group by text having count(*) <> 2`).toEqual([]);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
});

test("locks and statements on dying connections end, and the pool goes on", async () => {
  expect(await whileDying((turn) => tryLock(sql, `lock ${turn}`, async () => {}))).toBeGreaterThan(100);
  expect(await whileDying(() => sql`select 1`)).toBeGreaterThan(50);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
});

test("a listener whose connection died listens again", async () => {
  let notifications = 0;
  const stop = listen(sql, "door", {
    onNotification: () => {
      notifications += 1;
    },
    onFailure: () => expect.unreachable(),
  });
  await expect.poll(() => notifications).toBe(1);
  await killVictims();
  // Listening has begun anew.
  await expect.poll(() => notifications).toBe(2);
  await notify(other, "door");
  await expect.poll(() => notifications).toBe(3);
  await stop();
});
