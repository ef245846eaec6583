export {
  lockInTransaction,
  shareLockInTransaction,
  tryLock,
  tryLockInTransaction,
  withLock,
} from "./advisory-lock.ts";
export { type ConnectOptions, connect, disconnect, type Queryable, type Sql, type Transaction } from "./connect.ts";
export { deletionLock, rawNamesLock } from "./dataset-locks.ts";
export { isOutage } from "./is-outage.ts";
export { mentionPattern } from "./mention.ts";
export { type MigratedService, type MigrationOutcome, migrate } from "./migrate.ts";
export { type Listener, listen, notify } from "./notifications.ts";
export { type PendingMigrations, pendingMigrations } from "./pending-migrations.ts";
export {
  assignExcluded,
  columnNames,
  type Fragment,
  type InsertOptions,
  insertRecords,
  type RecordOf,
  recordset,
} from "./records.ts";
export { type ServiceRole, serviceRoleName } from "./service-roles.ts";
export {
  isConflict,
  isDuplicate,
  isNotGranted,
  isTimeout,
  isUnfitValue,
  limitTime,
  rowsOrNone,
} from "./sql-state.ts";
export { type ColumnTypes, columnsOf, type Table, table } from "./table.ts";
export { together } from "./together.ts";
export { type TransactionOptions, transaction } from "./transaction.ts";
export { createTrigger, type Trigger } from "./trigger.ts";
