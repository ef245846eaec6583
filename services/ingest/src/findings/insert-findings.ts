import { createHash } from "node:crypto";
import type { ReportedFinding } from "@rollerblade/client";
import { insertRecords, type Transaction } from "@rollerblade/database";
import { findingsTable } from "../tables.gen.ts";

/** The import that found something, and when. */
export type FoundBy = { readonly id: string; readonly dataset: string; readonly foundAt: Date };

/** What makes a finding the same one in the next import: its rule, file and message. */
export const fingerprintOf = ({ rule, file, message }: Pick<ReportedFinding, "rule" | "file" | "message">): string =>
  createHash("sha256")
    .update(JSON.stringify([rule, file, message]))
    .digest("hex");

/** Keeps what an import found; what is known already stays as it was found first. */
export const insertFindings = async (
  tx: Transaction,
  { id, dataset, foundAt }: FoundBy,
  findings: readonly ReportedFinding[],
): Promise<void> => {
  const rows = findings.map(({ severity, rule, file, message, advice, section }) => ({
    ...{ dataset, fingerprint: fingerprintOf({ rule, file, message }), severity, rule, file, message, advice, section },
    ...{ foundBy: id, foundAt },
  }));
  await insertRecords(tx, findingsTable, rows, { onConflict: tx`on conflict do nothing` });
};
