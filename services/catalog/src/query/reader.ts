import { connect, disconnect, isTimeout, limitTime, type Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { SqlFragment } from "@rollerblade/query";
import { runFragment } from "./run-fragment.ts";

/** Connections for what people ask: read only, apart from those that index, and no statement takes longer than its time. */
export type Reader = {
  readonly sql: Sql;
  /** Seconds that a statement may take. */
  readonly seconds: number;
  /** Whether a statement is worth being kept by the server. */
  readonly isFrequent: (text: string) => boolean;
  close(): Promise<void>;
};

/** Opens such connections; `maxConnections` at once, further questions wait. The server sees to the time, so a statement needs no transaction. */
export const openReader = (
  url: string,
  { seconds, maxConnections }: { seconds: number; maxConnections: number },
): Reader => {
  const sql = connect(url, {
    ...{ max: maxConnections, name: "catalog queries", statementTimeout: Math.ceil(seconds * 1000) },
    // A first page takes less time than compiling its plan to machine code.
    settings: { default_transaction_read_only: "on", jit: "off", plan_cache_mode: "force_custom_plan" },
  });
  return { sql, seconds, isFrequent: frequent(), close: () => disconnect(sql) };
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
    return await runFragment<T>(reader.sql, question, reader.isFrequent);
  } catch (error) {
    throw isTimeout(error) ? tookTooLong(reader.seconds) : error;
  }
};

/** The same for a question that may take less time than others; null when it takes longer. */
export const askWithin = async <T extends object>(
  { sql }: Reader,
  seconds: number,
  question: SqlFragment,
): Promise<readonly T[] | null> => {
  try {
    const { rows } = await sql.begin(async (tx) => {
      const [, found] = await Promise.all([limitTime(tx, seconds), runFragment<T>(tx, question)]);
      return { rows: found };
    });
    return rows;
  } catch (error) {
    if (isTimeout(error)) return null;
    throw error;
  }
};

const tookTooLong = (seconds: number): Problem =>
  new Problem({
    code: "too-large",
    message: `The query took more than ${seconds} s and was given up.`,
    next: "Name datasets, or add a condition such as a suffix that leaves fewer scans; --explain shows what takes long.",
  });
