import postgres from "postgres";
import type { Transaction } from "./connect.ts";

/** Codes of errors that this code tells apart, by their names in PostgreSQL's appendix A. */
const sqlState = {
  uniqueViolation: "23505",
  invalidSchemaName: "3F000",
  serializationFailure: "40001",
  deadlockDetected: "40P01",
  undefinedTable: "42P01",
  queryCanceled: "57014",
  insufficientPrivilege: "42501",
  invalidPassword: "28P01",
  invalidAuthorization: "28000",
} as const;

const isState = (error: unknown, ...states: readonly string[]): error is postgres.PostgresError =>
  error instanceof postgres.PostgresError && states.includes(error.code);

const conflicts: readonly unknown[] = [sqlState.serializationFailure, sqlState.deadlockDetected];

/** Whether PostgreSQL gave up a transaction that may succeed when it is simply repeated. */
export const isConflict = (error: unknown): boolean =>
  error instanceof Error && "code" in error && conflicts.includes(error.code);

/** Whether a statement failed because the row is there already; `constraint` narrows it to one rule. */
export const isDuplicate = (error: unknown, constraint?: string): boolean =>
  isState(error, sqlState.uniqueViolation) && (constraint === undefined || error.constraint_name === constraint);

/** Whether a statement names a table, or a schema, that no migration has made yet. */
const isMissingTable = (error: unknown): boolean => isState(error, sqlState.undefinedTable, sqlState.invalidSchemaName);

/**
 * The rows of a statement over what another service shows, and none before that service has made its tables: there is nothing in them then,
 * which is an answer and not a failure.
 */
export const rowsOrNone = async <T>(query: PromiseLike<readonly T[]>): Promise<readonly T[]> => {
  try {
    return await query;
  } catch (error) {
    if (isMissingTable(error)) return [];
    throw error;
  }
};

/** Whether a role is missing, has another password, or may not do this: so it is until `rollerblade migrate` has granted it. */
export const isNotGranted = (error: unknown): boolean =>
  isState(error, sqlState.insufficientPrivilege, sqlState.invalidPassword, sqlState.invalidAuthorization);

/** Whether a statement took more than `statement_timeout`. */
export const isTimeout = (error: unknown): boolean => isState(error, sqlState.queryCanceled);

/**
 * Whether a statement was given a value that its type cannot take (class 22, "data exception"), such as a text that is not a uuid. Where the
 * values come from a request, the request is at fault.
 */
export const isUnfitValue = (error: unknown): error is postgres.PostgresError =>
  error instanceof postgres.PostgresError && error.code.startsWith("22");

/** Limits the time of each further statement of a transaction. */
export const limitTime = async (tx: Transaction, seconds: number): Promise<void> => {
  await tx`select set_config('statement_timeout', ${String(Math.ceil(seconds * 1000))}, true)`;
};
