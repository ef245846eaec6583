import { createHash } from "node:crypto";
import type { ReportedFinding } from "@rollerblade/client";
import type { Transaction } from "@rollerblade/database";

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
  await tx`
    insert into ingest.findings (dataset, fingerprint, severity, rule, file, message, advice, section, found_by, found_at)
    select ${dataset}, *, ${id}::uuid, ${foundAt}::timestamptz from unnest(${findings.map(fingerprintOf)}::text[],
      ${findings.map(({ severity }) => severity)}::text[], ${findings.map(({ rule }) => rule)}::text[],
      ${findings.map(({ file }) => file)}::text[], ${findings.map(({ message }) => message)}::text[],
      ${findings.map(({ advice }) => advice)}::text[], ${findings.map(({ section }) => section)}::text[])
    on conflict do nothing`;
};
