import { connect, disconnect, type Sql, transaction } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import { newEventId } from "@rollerblade/events";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { scheduler } from "../index.ts";
import { insertTaskRows, type NewTask } from "./insert-task-rows.ts";

let servers: Awaited<ReturnType<typeof startMigratedServers>>;
let sql: Sql;

beforeAll(async () => {
  servers = await startMigratedServers([scheduler.database]);
  sql = connect(servers.databaseUrl, { max: 1 });
});

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});

beforeEach(async () => {
  await sql`truncate scheduler.tasks`;
});

const decided = (order: number): NewTask => ({
  id: newEventId(),
  run: newEventId(),
  decision: newEventId(),
  round: 1,
  decided: order,
  document: "document",
  rule: "rule",
  analysis: "mask",
  version: "1.0.0",
  parametersHash: "",
  rank: 1,
  owner: "ada",
  slice: { level: "subject", dataset: "ds1", subject: "01", session: null, scan: null },
  sliceKey: "ds1/01",
  requested: null,
  sources: [],
  datasets: ["brains"],
  key: "",
  traceparent: "",
  decidedAt: new Date(0),
  fault: null,
});

/** Has decisions arrive in messages, one after the other. */
const arrive = async (...messages: readonly (readonly number[])[]): Promise<void> => {
  for (const message of messages) await transaction(sql, (tx) => insertTaskRows(tx, message.map(decided)));
};

/** The sequences in the order in which their decisions were made. */
const sequences = async (): Promise<number[]> => {
  const rows = await sql<{ sequence: number }[]>`select sequence from scheduler.tasks order by decided`;
  return rows.map(({ sequence }) => sequence);
};

const isStrictlyRising = (numbers: readonly number[]): boolean =>
  numbers.every((one, index) => index === 0 || one > (numbers[index - 1] ?? one));

const isRising = (numbers: readonly number[]): boolean => numbers.join() === numbers.toSorted((a, b) => a - b).join();

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test.each<[string, readonly (readonly number[])[]]>([
  ["in order", upTo(30).map((one) => [one])],
  ["in one message, whatever its order", [upTo(30).toReversed()]],
  [
    "backwards",
    upTo(30)
      .toReversed()
      .map((one) => [one]),
  ],
  ["first and last before all others, which come in one message", [[1], [32], upTo(31).slice(1)]],
  [
    "first and last before twenty others, the newest first",
    [
      [1],
      [22],
      ...upTo(21)
        .slice(1)
        .toReversed()
        .map((one) => [one]),
    ],
  ],
  [
    "first and last before twenty others, the oldest first",
    [
      [1],
      [22],
      ...upTo(21)
        .slice(1)
        .map((one) => [one]),
    ],
  ],
])("sequences follow the decisions when these arrive %s", async (_, messages) => {
  await arrive(...messages);
  const all = await sequences();
  expect(all).toHaveLength(messages.flat().length);
  expect(isStrictlyRising(all)).toBe(true);
});

test("thirty decisions that arrive late, one by one between two others, never reverse the order", async () => {
  await arrive(
    [1],
    [32],
    ...upTo(31)
      .slice(1)
      .toReversed()
      .map((one) => [one]),
  );
  const all = await sequences();
  expect(all).toHaveLength(32);
  expect(isRising(all)).toBe(true);
  // Twenty halvings of the gap, and the two ends; the others share the sequence of the first.
  expect(new Set(all).size).toBe(22);
});

test("a decision that arrives again changes nothing", async () => {
  const task = decided(1);
  const insert = () => transaction(sql, (tx) => insertTaskRows(tx, [{ ...task, id: newEventId() }]));
  expect(await insert()).toHaveLength(1);
  expect(await insert()).toEqual([]);
  expect(await sequences()).toHaveLength(1);
});
