import { type AuditEntry, type AuditOutcome, accountsRoutes, pageThrough, readAll } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { ResourceKind } from "../access/resource-argument.ts";
import { printMessage } from "../messages.ts";
import { printJson, printJsonLine, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";

/** Options that choose rows of the audit log. */
export type AuditOptions = {
  readonly kind?: ResourceKind;
  readonly name?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  readonly since?: string;
  readonly until?: string;
};

const pagesOf =
  (server: Server, { name, ...options }: AuditOptions) =>
  (after: string | undefined) =>
    server.call(accountsRoutes.listAudit, { query: { ...options, resource: name, limit: 1000, after } });

/** `audit list`: the latest rows. */
export const listAudit = async ({
  limit,
  json,
  ...options
}: AuditOptions & Reading & { readonly limit: number }): Promise<void> => {
  const server = await findServer();
  const rows = await readAll<AuditEntry>(pagesOf(server, options), limit);
  if (json === true) return printJson(rows);
  printTable(
    ["time", "who", "what", "to what", "outcome", "from"],
    rows.map((row) => [row.time, row.actor, row.action, row.subject, row.outcome, row.address]),
    "Nothing.",
  );
};

/** `audit export`: all rows as JSON Lines, the latest first, each with its place in the chain. */
export const exportAudit = async (options: AuditOptions): Promise<void> => {
  const server = await findServer();
  for await (const row of pageThrough<AuditEntry>(pagesOf(server, options))) printJsonLine(row);
};

/** Runs `audit verify`: the server computes the chain of hashes again. @throws Problem `conflict` where the chain is broken */
export const verifyAudit = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const found = await server.call(accountsRoutes.verifyAudit, {});
  if (json === true) printJson(found);
  const [first] = found.faults;
  if (first !== undefined) {
    throw new Problem({
      code: "conflict",
      message: `The audit log was tampered with: ${found.faults.map(({ sequence, fault }) => `row ${sequence} ${fault}`).join(", ")}.`,
      subject: `row ${first.sequence}`,
      next: "Compare it with what was exported before, and with a backup.",
    });
  }
  if (json !== true)
    printMessage(
      `${found.rows} rows are as they were written. The chain ends at ${found.head.sequence}:${found.head.hash}`,
    );
};
