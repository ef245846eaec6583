export { lockInTransaction, tryLock, tryLockInTransaction, withLock } from "./advisory-lock.ts";
export { type ConnectOptions, connect, disconnect, type Queryable, type Sql, type Transaction } from "./connect.ts";
export { isOutage } from "./is-outage.ts";
export { type MigratedService, type MigrationOutcome, migrate } from "./migrate.ts";
export { type PendingMigrations, pendingMigrations } from "./pending-migrations.ts";
export { isConflict, isDuplicate, type TransactionOptions, transaction } from "./transaction.ts";
export { notify, onNotify } from "./wake-up.ts";
