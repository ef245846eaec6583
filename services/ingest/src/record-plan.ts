import { type Transaction, transaction } from "@rollerblade/database";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import type { DatasetContext } from "./dataset-context.ts";
import { eventsOfImport } from "./import-events.ts";
import type { ImportRow } from "./import-rows.ts";
import type { Ingest } from "./ingest.ts";
import type { Plan, PlannedFile } from "./plan.ts";

/** Most events of one statement. */
const eventsAtOnce = 1_000;

/** Records what was published and says it, in one transaction. False when the manifest was changed meanwhile: plan anew. */
export const recordPlan = (ingest: Ingest, row: ImportRow, plan: Plan, context: DatasetContext): Promise<boolean> =>
  transaction(ingest.sql, async (tx) => {
    const [now] = await tx<{ revision: number; state: string }[]>`
      select revision, state from ingest.imports where id = ${row.id} for update`;
    if (now?.state !== "publishing" || now.revision !== row.revision) return false;
    await writeFiles(tx, row, plan.record);
    await forgetFiles(tx, row.dataset, plan);
    await tx`
      insert into ingest.datasets (name, type, bidsignore) values (${row.dataset}, ${context.type}, ${context.bidsignore})
      on conflict (name) do update set type = excluded.type, bidsignore = excluded.bidsignore`;
    await say(ingest, tx, row, plan);
    await tx`
      update ingest.imports set state = 'committed', published = to_publish, finished_at = now(), updated_at = now(),
        summary = ${JSON.stringify({ scans: plan.scans, files: plan.files, skipped: plan.skipped })}::text::jsonb
      where id = ${row.id}`;
    return true;
  });

const writeFiles = async (
  tx: Transaction,
  { id, dataset, mode }: ImportRow,
  files: readonly PlannedFile[],
): Promise<void> => {
  await tx`
    insert into ingest.files (dataset, path, folder, scan, role, size, sha256, origin, import_id)
    select ${dataset}, *, ${mode}, ${id}::uuid from unnest(
      ${files.map(({ path }) => path)}::text[], ${files.map(({ folder }) => folder)}::text[],
      ${files.map(({ scan }) => scan)}::text[], ${files.map(({ role }) => role)}::text[],
      ${files.map(({ size }) => size)}::int8[], ${files.map(({ sha256 }) => sha256)}::text[])
    on conflict (dataset, path) do update set folder = excluded.folder, scan = excluded.scan, role = excluded.role,
      size = excluded.size, sha256 = excluded.sha256, origin = excluded.origin, import_id = excluded.import_id,
      uploaded_at = excluded.uploaded_at`;
};

const forgetFiles = async (tx: Transaction, dataset: string, { remove, record }: Plan): Promise<void> => {
  await tx`delete from ingest.files where dataset = ${dataset} and path = any(${[...remove]}::text[])`;
  await tx`
    insert into ingest.garbage (dataset, path) select ${dataset}, * from unnest(${[...remove]}::text[])
    on conflict do nothing`;
  await tx`
    delete from ingest.garbage where dataset = ${dataset} and path = any(${record.map(({ path }) => path)}::text[])`;
};

const say = async (ingest: Ingest, tx: Transaction, row: ImportRow, plan: Plan): Promise<void> => {
  const expiresAt = new Date(Date.now() + ingest.config.batchHours * 3_600_000);
  const cause = contextFromTraceparent(row.traceparent ?? "");
  const events = eventsOfImport(plan, { ...row, cause, expiresAt });
  for (let at = 0; at < events.length; at += eventsAtOnce)
    await ingest.events.emitAll(tx, events.slice(at, at + eventsAtOnce));
};
