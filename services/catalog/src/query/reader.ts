import { connect, disconnect, isTimeout, limitTime, type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { SqlFragment } from "@rollerblade/query";
import { createFairQueue, type Principal } from "@rollerblade/service-kit";
import { runFragment } from "./run-fragment.ts";

/** Connections for what people ask: read only, apart from those that index, and no statement takes longer than its time. */
export type Reader = {
  readonly sql: Sql;
  /** Seconds that a statement may take. */
  readonly seconds: number;
  /** Whether a statement is worth being kept by the server. */
  readonly isFrequent: (text: string) => boolean;
  /** Runs a statement when it is its person's turn. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** The same for somebody: people take turns, so that the many questions of one hold up no other. */
  as(person: Principal): Reader;
  close(): Promise<void>;
};

/** How long and how many. */
export type ReaderOptions = {
  readonly seconds: number;
  readonly maxConnections: number;
  /** Statements of one person at once. @default as many as there are connections */
  readonly maxPerPerson?: number;
};

/** Statements of one person that wait for each that runs; a page of the console asks ten questions at once. */
const waitingForEach = 8;

/** Opens such connections; `maxConnections` at once, further questions wait. The server sees to the time, so a statement needs no transaction. */
export const openReader = (
  url: string,
  { seconds, maxConnections, maxPerPerson = maxConnections }: ReaderOptions,
): Reader => {
  const sql = connect(url, {
    ...{ max: maxConnections, name: "catalog queries", statementTimeout: Math.ceil(seconds * 1000) },
    // A first page takes less time than compiling its plan to machine code.
    settings: { default_transaction_read_only: "on", jit: "off", plan_cache_mode: "force_custom_plan" },
  });
  const queue = createFairQueue({
    maxRunning: maxConnections,
    maxRunningPerPerson: maxPerPerson,
    maxWaitingPerPerson: waitingForEach * maxPerPerson,
  });
  const reader: Reader = {
    ...{ sql, seconds, isFrequent: frequent(), close: () => disconnect(sql) },
    inTurn: (work) => work(),
    // The services ask for everybody.
    as: ({ name }) => (name === "service" ? reader : { ...reader, inTurn: (work) => queue.run(name, work) }),
  };
  return reader;
};

/** Statements that each connection keeps; each takes some memory of the server. */
const maxKept = 100;

/** What is asked a second time is kept from then on, as long as there is room: it needs one way to the server instead of two. */
const frequent = (): Reader["isFrequent"] => {
  const asked = new Set<string>();
  const kept = new Set<string>();
  return (text) => {
    if (kept.has(text)) return true;
    if (asked.has(text) && kept.size < maxKept) kept.add(text);
    if (asked.size >= maxKept) asked.clear();
    asked.add(text);
    return false;
  };
};

/** Answers a question. @throws Problem `too-large` when it takes too long */
export const ask = async <T extends object>(reader: Reader, question: SqlFragment): Promise<readonly T[]> => {
  try {
    return await reader.inTurn(() => runFragment<T>(reader.sql, question, reader.isFrequent));
  } catch (error) {
    throw isTimeout(error) ? tookTooLong(reader.seconds) : error;
  }
};

/** The same for a question that may take less time than others; null when it takes longer. */
export const askWithin = async <T extends object>(
  { sql, inTurn }: Reader,
  seconds: number,
  question: SqlFragment,
): Promise<readonly T[] | null> => {
  try {
    const { rows } = await inTurn(() =>
      transaction(sql, async (tx) => {
        const [, found] = await Promise.all([limitTime(tx, seconds), runFragment<T>(tx, question)]);
        return { rows: found };
      }),
    );
    return rows;
  } catch (error) {
    if (isTimeout(error)) return null;
    throw error;
  }
};

const tookTooLong = (seconds: number): Problem =>
  new Problem({
    code: "too-large",
    message: `The query took more than ${seconds} s and was abandoned.`,
    next: "Name datasets, or add a condition such as a suffix that leaves fewer scans; --explain shows what takes long.",
  });
