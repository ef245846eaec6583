import type { Transaction } from "@rollerblade/database";

/**
 * Forgets what was wrong with a deleted dataset until then, or with one subject of it: names of files identify people.
 */
export const forgetFindings = async (
  tx: Transaction,
  dataset: string,
  subject: string | null,
  time: Date,
): Promise<void> => {
  const name = subject === null ? "" : `sub-${subject}`;
  await tx`
    delete from ingest.findings
    where dataset = ${dataset} and found_at <= ${time} and (position(${name} in file) > 0 or position(${name} in message) > 0)`;
  await tx`
    update ingest.imports i set findings = (
      select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements(i.findings) as f where position(${name} in f::text) = 0)
    where dataset = ${dataset} and created_at <= ${time} and findings <> '[]' and position(${name} in findings::text) > 0`;
};
