import type { Queryable, Sql, Transaction } from "./connect.ts";

/**
 * Waits for the lock `name` and holds it until the transaction ends: one at a time across all replicas.
 * The name is hashed to 64 bits by PostgreSQL.
 */
export const lockInTransaction = async (tx: Transaction, name: string): Promise<void> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
};

/** Like `lockInTransaction`, but many may share the lock `name`; whoever takes it alone waits for all of them, and they for it. */
export const shareLockInTransaction = async (tx: Transaction, name: string): Promise<void> => {
  await tx`select pg_advisory_xact_lock_shared(hashtextextended(${name}, 0))`;
};

/** Takes the lock `name` for the rest of the transaction when nobody holds it; tells whether it did. */
export const tryLockInTransaction = async (tx: Transaction, name: string): Promise<boolean> => {
  const [row] = await tx<{ held: boolean }[]>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as held`;
  return row?.held === true;
};

/** Waits for the lock `name`, runs `work`, and lets go; the lock costs one connection, and dies with it. */
export const withLock = async <T>(sql: Sql, name: string, work: () => Promise<T>): Promise<T> => {
  const connection = await sql.reserve();
  try {
    await connection`set statement_timeout = 0`;
    await connection`select pg_advisory_lock(hashtextextended(${name}, 0))`;
    return await work();
  } finally {
    await unlock(connection, name);
    await connection`reset statement_timeout`.catch(() => {});
    connection.release();
  }
};

/** Runs `work` when nobody else holds the lock `name`; tells whether it ran. */
export const tryLock = async (sql: Sql, name: string, work: () => Promise<void>): Promise<boolean> => {
  const connection = await sql.reserve();
  try {
    const [row] = await connection<
      { held: boolean }[]
    >`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`;
    if (row?.held !== true) return false;
    try {
      await work();
      return true;
    } finally {
      await unlock(connection, name);
    }
  } finally {
    connection.release();
  }
};

// A lost connection has let go of its lock already; the error of the work matters more than this one.
const unlock = async (connection: Queryable, name: string): Promise<void> => {
  await connection`select pg_advisory_unlock(hashtextextended(${name}, 0))`.catch(() => {});
};
