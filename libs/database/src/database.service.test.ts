import { setTimeout as sleep } from "node:timers/promises";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockInTransaction, tryLock, withLock } from "./advisory-lock.ts";
import { connect, disconnect, type Sql } from "./connect.ts";
import { listen, notify } from "./notifications.ts";
import { isDuplicate } from "./sql-state.ts";
import { together } from "./together.ts";
import { transaction } from "./transaction.ts";

const servers = await startTestServers();
let sql: Sql;

beforeAll(async () => {
  sql = connect(servers.databaseUrl);
  await sql`create table thing (id bigint primary key, some_json jsonb, made_at timestamptz, note text, bytes bytea)`;
});

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});

test("of works that share a transaction none sends a statement behind the rollback when another one fails", async () => {
  const working = transaction(sql, (tx) => {
    const slow = async (): Promise<void> => {
      await tx`select pg_sleep(0.1)`;
      await tx`insert into thing (id) values (77)`;
    };
    return together([slow(), Promise.reject(new Error("failed"))]);
  });
  await expect(working).rejects.toThrow("failed");
  expect(await sql`select from thing where id = 77`).toHaveLength(0);
});

describe("values", () => {
  test("columns come back in camelCase, the keys inside JSON as they are", async () => {
    const [row] =
      await sql`select '{"snake_case": {"a_b": 1}}'::jsonb as some_json, 5::bigint as big_number, now() as made_at`;
    expect(row).toEqual({ someJson: { snake_case: { a_b: 1 } }, bigNumber: 5, madeAt: expect.any(Date) });
  });

  test("a bigint beyond 2^53 is an error and never a wrong number", async () => {
    await expect(sql`select 9007199254740993::bigint as big`).rejects.toThrow("2^53");
    await expect(sql`select 1 as fine`).resolves.toHaveLength(1);
  });

  test("an array of bigints is an array of numbers", async () => {
    const [row] = await sql`select array[1, 2]::bigint[] as numbers, ${[3, 4]}::bigint[] as given`;
    expect(row).toEqual({ numbers: [1, 2], given: [3, 4] });
  });

  test("arrays of dates, booleans and bytes go in through `array`", async () => {
    const [row] = await sql`
      select ${sql.array([new Date(0)])}::timestamptz[] as dates, ${sql.array([true, false])}::boolean[] as flags,
        ${sql.array([Buffer.from("a")])}::bytea[] as bytes`;
    expect(row).toEqual({ dates: [new Date(0)], flags: [true, false], bytes: [Buffer.from("a")] });
  });

  test("a null inside an array goes in as null", async () => {
    expect(await sql`select * from unnest(${[null, "a"]}::text[], ${[1, null]}::bigint[]) as t (name, number)`).toEqual(
      [
        { name: null, number: 1 },
        { name: "a", number: null },
      ],
    );
    expect(await sql`select ${[1, null]}::bigint[] as numbers`).toEqual([{ numbers: [1, null] }]);
  });

  test("camelCase goes in as snake_case", async () => {
    await sql`insert into thing ${sql({ id: 1, someJson: sql.json({ a_b: [1] }), madeAt: new Date(0) })}`;
    const [row] = await sql`select some_json, made_at from thing where id = 1`;
    expect(row).toEqual({ someJson: { a_b: [1] }, madeAt: new Date(0) });
  });

  test("a statement that takes too long is ended", async () => {
    const hasty = connect(servers.databaseUrl, { statementTimeout: 50, max: 1 });
    await expect(hasty`select pg_sleep(5)`).rejects.toMatchObject({ code: "57014" });
    await disconnect(hasty);
  });
});

test("many rows go in with one statement", async () => {
  const rows = Array.from({ length: 2000 }, (_, index) => ({
    id: 1000 + index,
    note: `${index}`,
    someJson: { a_b: index },
  }));
  await sql`
    insert into thing (id, note, some_json)
    select * from unnest(
      ${rows.map((row) => row.id)}::bigint[], ${rows.map((row) => row.note)}::text[],
      ${rows.map((row) => JSON.stringify(row.someJson))}::text[]::jsonb[])`;
  expect(await sql`select some_json from thing where id = 2999`).toEqual([{ someJson: { a_b: 1999 } }]);
});

describe("transactions", () => {
  test("one that lost against another is run again", async () => {
    await sql`insert into thing (id, note) values (10, '0')`;
    const addOne = () =>
      transaction(
        sql,
        async (tx) => {
          const [row] = await tx<{ note: string }[]>`select note from thing where id = 10`;
          await sleep(20);
          await tx`update thing set note = ${String(Number(row?.note) + 1)} where id = 10`;
        },
        { isolation: "serializable", attempts: 10 },
      );
    await Promise.all([addOne(), addOne(), addOne()]);
    expect(await sql`select note from thing where id = 10`).toEqual([{ note: "3" }]);
  });

  test("a duplicate is told apart from other errors", async () => {
    await sql`insert into thing (id) values (20)`;
    const error: unknown = await sql`insert into thing (id) values (20)`.catch((thrown: unknown) => thrown);
    expect(isDuplicate(error)).toBe(true);
    expect(isDuplicate(error, "thing_pkey")).toBe(true);
    expect(isDuplicate(error, "another")).toBe(false);
  });
});

describe("locks", () => {
  test("one holds it, the other skips its turn", async () => {
    const outcomes = await Promise.all([
      tryLock(sql, "turn", () => sleep(100)),
      tryLock(sql, "turn", () => sleep(100)),
    ]);
    expect(outcomes.toSorted()).toEqual([false, true]);
    expect(await tryLock(sql, "turn", async () => {})).toBe(true);
  });

  test("whoever waits goes one after the other", async () => {
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} in`);
      await sleep(30);
      order.push(`${name} out`);
    };
    await Promise.all([withLock(sql, "queue", work("a")), withLock(sql, "queue", work("b"))]);
    expect(order[0]?.[0]).toBe(order[1]?.[0]);
  });

  test("a failure lets go", async () => {
    await expect(withLock(sql, "failing", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await tryLock(sql, "failing", async () => {})).toBe(true);
  });

  test("a transaction lets go when it ends", async () => {
    await transaction(sql, (tx) => lockInTransaction(tx, "of a transaction"));
    expect(await tryLock(sql, "of a transaction", async () => {})).toBe(true);
  });
});

test("a listener is notified when the transaction commits, and once at the beginning", async () => {
  let notifications = 0;
  const stop = listen(sql, "door", {
    onNotification: () => (notifications += 1),
    onFailure: () => expect.unreachable(),
  });
  await expect.poll(() => notifications).toBe(1);
  await transaction(sql, (tx) => notify(tx, "door"));
  await expect.poll(() => notifications).toBe(2);
  await stop();
});
