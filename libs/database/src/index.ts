export { lockInTransaction, tryLock, tryLockInTransaction, withLock } from "./advisory-lock.ts";
export { type ConnectOptions, connect, disconnect, type Queryable, type Sql, type Transaction } from "./connect.ts";
export { isOutage } from "./is-outage.ts";
export { type MigratedService, type MigrationOutcome, migrate } from "./migrate.ts";
export { type PendingMigrations, pendingMigrations } from "./pending-migrations.ts";
export { type Fragment, type InsertOptions, insertRecords, type RecordOf, recordset } from "./records.ts";
export { type ColumnTypes, columnsOf, type Table, table } from "./table.ts";
export { isConflict, isDuplicate, type TransactionOptions, transaction } from "./transaction.ts";
export { notify, onNotify } from "./wake-up.ts";
