import type { Queryable } from "@rollerblade/database";
import { v7 } from "uuid";

/** What somebody changed. */
export type AuditLine = {
  readonly actor: string;
  /** A noun and its verb in the past: `token.created`. */
  readonly action: string;
  /** What was changed, as people call it: `dataset brains`. */
  readonly subject: string;
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
};

/** Writes the line in the transaction of the change, so that there is no change without it. */
export const writeAudit = async (tx: Queryable, line: AuditLine): Promise<void> => {
  await tx`insert into accounts.audit (id, actor, action, subject, details)
    values (${v7()}, ${line.actor}, ${line.action}, ${line.subject}, ${tx.json(line.details ?? {})})`;
};
