import { setTimeout as sleep } from "node:timers/promises";
import { backOffMs } from "@rollerblade/errors";
import type { Sql, Transaction } from "./connect.ts";
import { isConflict } from "./sql-state.ts";

/** How a transaction is run. */
export type TransactionOptions = {
  /** @default "read committed" */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  /** How often it is tried in all when PostgreSQL says that trying again will help. @default 5 */
  readonly attempts?: number;
};

/**
 * Runs `work` in one transaction, and again when it lost against another one (serialization failure, deadlock), with a short
 * random delay. `work` must therefore do nothing but statements.
 * @throws what `work` throws, and the last conflict
 */
export const transaction = async <T>(
  sql: Sql,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> => {
  const { isolation = "read committed", attempts = 5 } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await begin(sql, isolation, work);
    } catch (error) {
      if (attempt >= attempts || !isConflict(error)) throw error;
      await sleep(backOffMs(attempt, { minMs: 20, maxMs: 1_000 }));
    }
  }
};

// `begin` unwraps arrays of promises in its type; a box keeps the type of the result as it is.
const begin = async <T>(sql: Sql, isolation: string, work: (tx: Transaction) => Promise<T>): Promise<T> => {
  const boxed = await sql.begin(`isolation level ${isolation}`, async (tx) => ({ value: await work(tx) }));
  return boxed.value;
};
