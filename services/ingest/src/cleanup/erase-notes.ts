import { mentionPattern, type Transaction } from "@rollerblade/database";
import type { Erased } from "@rollerblade/events";

/**
 * Erases what is still noted of a deleted person or dataset: paths of files that are removed from the bucket by now, lists of imports
 * that came to nothing, and what was found and why an import stands still. An import itself stays, with its counts.
 */
export const eraseNotes = async (tx: Transaction, { dataset, subject }: Erased, until: Date): Promise<void> => {
  const pattern = subject === null ? "" : mentionPattern(subject);
  // What is still to be removed stays on its list until it is; the next round finds it gone.
  await tx`
    delete from ingest.import_files where path ~ ${pattern} and import_id in (
      select id from ingest.imports where dataset = ${dataset} and created_at <= ${until}
        and state not in ('open', 'reading', 'committing', 'publishing'))`;
  await tx`
    delete from ingest.report_parts where import_id in (
      select id from ingest.imports where dataset = ${dataset} and created_at <= ${until}
        and state not in ('open', 'reading', 'committing', 'publishing'))
      and findings::text ~ ${pattern}`;
  await tx`
    delete from ingest.findings
    where dataset = ${dataset} and found_at <= ${until} and (file ~ ${pattern} or message ~ ${pattern} or advice ~ ${pattern})`;
  await tx`
    update ingest.imports set findings = '[]', trouble = null
    where dataset = ${dataset} and created_at <= ${until}
      and (findings::text ~ ${pattern} or trouble ~ ${pattern})`;
  await tx`
    update ingest.imports
    set summary = summary || '{"gone": [], "added": [], "changed": [], "keptPaths": []}'::jsonb
    where dataset = ${dataset} and created_at <= ${until} and summary::text ~ ${pattern}`;
  await tx`
    delete from ingest.corrections
    where dataset = ${dataset} and created_at <= ${until}
      and (subject = ${subject ?? ""} or ${subject === null})`;
  // What was set for others stays; a reason may name whoever it wants.
  await tx`
    update ingest.corrections set reason = null
    where dataset = ${dataset} and created_at <= ${until} and reason ~ ${pattern}`;
  // A source names people as it likes, so nothing is kept of what was found in one.
  await tx`
    delete from ingest.conversion_files where conversion_id in (
      select id from ingest.conversions where dataset = ${dataset} and created_at <= ${until} and state not in ('waiting', 'running'))`;
  await tx`
    update ingest.conversions set report = null, labels = null, mapping = null, problem = null
    where dataset = ${dataset} and created_at <= ${until} and state not in ('waiting', 'running')`;
  await tx`
    update ingest.imports set listed_to = null
    where dataset = ${dataset} and created_at <= ${until} and listed_to ~ ${pattern}`;
};
