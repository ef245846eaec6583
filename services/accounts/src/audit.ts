import type { AuditLine } from "@rollerblade/client";
import { insertRecords, type Queryable, type Sql } from "@rollerblade/database";
import { currentRequest } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { auditTable } from "./tables.gen.ts";

/** What somebody changed. */
export type AuditedChange = {
  readonly actor: string;
  /** A noun and its verb in the past: `token.created`. */
  readonly action: string;
  /** What was changed, as people call it: `dataset brains`. */
  readonly subject: string;
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
};

/** Writes the line in the transaction of the change, so that there is no change without it, with the address of who asked for it. */
export const writeAudit = async (tx: Queryable, { details = {}, ...change }: AuditedChange): Promise<void> => {
  const { address = null, traceId = null } = currentRequest() ?? {};
  await insertRecords(tx, auditTable, [{ id: v7(), ...change, details, address, traceId }]);
};

/** Writes what requests did; a database trigger puts the lines into the chain in this order. */
export const recordLines = async (sql: Sql, lines: readonly AuditLine[]): Promise<void> => {
  await insertRecords(
    sql,
    auditTable,
    lines.map(({ time, ...line }) => ({ id: v7(), time: new Date(time), ...line })),
  );
};
