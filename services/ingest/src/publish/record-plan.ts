import { setImmediate } from "node:timers/promises";
import { columnsOf, insertRecords, recordset, type Transaction, together, transaction } from "@rollerblade/database";
import type { Finding } from "@rollerblade/errors";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import { isDeletedSince } from "../cleanup/deletions.ts";
import { type ImportRow, maxFindings } from "../imports/import-rows.ts";
import { oneAhead } from "../in-place/one-ahead.ts";
import type { Ingest } from "../ingest.ts";
import { changesOf, type ImportOrigin, isBatch, opening } from "../plan/import-events.ts";
import type { Plan, PlannedFile } from "../plan/plan.ts";
import { type Counts, countsOf, type KeptFiles } from "../plan/plan-counts.ts";
import { filesTable } from "../tables.gen.ts";
import type { DatasetContext } from "./dataset-context.ts";
import type { MadePlan } from "./make-plan.ts";

/** Limit of events in one insert statement. */
const eventsAtOnce = 2_000;

/**
 * Records what was published and emits its events, in one transaction. False when the manifest was changed or something
 * of the dataset was deleted meanwhile: plan anew.
 * @param latestDeletion when the latest deletion was requested that the plan knows of, in milliseconds
 */
export const recordPlan = (
  ingest: Ingest,
  row: ImportRow,
  { context, parts }: MadePlan,
  latestDeletion: number,
): Promise<boolean> =>
  transaction(ingest.sql, async (tx) => {
    const [now] = await tx<{ revision: number; state: string }[]>`
      select revision, state from ingest.imports where id = ${row.id} for update`;
    if (now?.state !== "publishing" || now.revision !== row.revision) return false;
    if (await isDeletedSince(tx, row.dataset, latestDeletion)) return false;
    await rememberDataset(tx, row, context);
    const publisher = eventPublisher(ingest, tx, row);
    const counts = countsOf(row);
    const findings: Finding[] = [];
    for await (const { plan, findings: found } of oneAhead(parts())) {
      if (findings.length < maxFindings) findings.push(...found);
      // The events are encoded in the next turn, while PostgreSQL writes the rows.
      await together([
        writeFiles(tx, row, plan.record),
        renewVersions(tx, row, plan.renew),
        forgetFiles(tx, row, plan),
        setImmediate().then(() => publisher.changes(plan)),
      ]);
      counts.add(plan);
    }
    await publisher.end();
    await finishImport(tx, row, counts, findings);
    return true;
  });

const rememberDataset = (tx: Transaction, row: ImportRow, { type, bidsignore }: DatasetContext) => tx`
  insert into ingest.datasets (name, type, bidsignore, location)
  values (${row.dataset}, ${type}, ${bidsignore}, ${row.location})
  on conflict (name) do update set type = excluded.type, bidsignore = excluded.bidsignore,
    location = case when ${row.mode} = 'upload' then datasets.location else excluded.location end`;

const writeFiles = async (
  tx: Transaction,
  { id, dataset, mode }: ImportRow,
  files: readonly PlannedFile[],
): Promise<void> => {
  const origin = mode === "upload" ? "upload" : "import";
  const rows = files.map(({ path, folder, scan, role, size, sha256, version }) => ({
    ...{ dataset, path, folder, scan, role, size, sha256 },
    ...{ version: version ?? null, origin, importId: id },
  }));
  await insertRecords(tx, filesTable, rows, {
    onConflict: tx`on conflict (dataset, path) do update set folder = excluded.folder, scan = excluded.scan, role = excluded.role,
      size = excluded.size, sha256 = excluded.sha256, version = excluded.version, origin = excluded.origin,
      import_id = excluded.import_id, uploaded_at = excluded.uploaded_at`,
  });
};

/** Of an import in place nothing of ours lies at the names, and so nothing is deleted. */
const forgetFiles = async (
  tx: Transaction,
  { dataset, location }: ImportRow,
  { remove, record }: Plan,
): Promise<void> => {
  if (remove.length > 0)
    await tx`delete from ingest.files where dataset = ${dataset} and path = any(${[...remove]}::text[])`;
  if (location !== null) return;
  if (remove.length > 0)
    await tx`
      insert into ingest.garbage (dataset, path) select ${dataset}, * from unnest(${[...remove]}::text[])
      on conflict do nothing`;
  await tx`
    delete from ingest.garbage where dataset = ${dataset} and path = any(${record.map(({ path }) => path)}::text[])`;
};

const renewVersions = async (tx: Transaction, { dataset }: ImportRow, files: readonly PlannedFile[]): Promise<void> => {
  if (files.length === 0) return;
  const rows = files.map(({ path, version }) => ({ path, version: version ?? null }));
  await tx`
    update ingest.files f set version = r.version
    from ${recordset(tx, columnsOf(filesTable, "path", "version"), rows)} as r
    where f.dataset = ${dataset} and f.path = r.path`;
};

/**
 * Publishes the changes of one plan after another. An import with any change is a batch, so that consumers who wait for
 * all of it know its end.
 */
const eventPublisher = (ingest: Ingest, tx: Transaction, row: ImportRow) => {
  const expiresAt = new Date(Date.now() + ingest.config.batchHours * 3_600_000);
  const origin: ImportOrigin = { ...row, cause: contextFromTraceparent(row.traceparent ?? ""), expiresAt };
  let published = 0;
  return {
    async changes(plan: Plan): Promise<void> {
      const events = changesOf(plan, origin);
      if (events.length > 0 && published === 0 && isBatch(origin)) await ingest.events.emitAll(tx, [opening(origin)]);
      published += events.length;
      for (let at = 0; at < events.length; at += eventsAtOnce)
        await ingest.events.emitAll(tx, events.slice(at, at + eventsAtOnce));
    },
    async end(): Promise<void> {
      if (published === 0 || !isBatch(origin)) return;
      const { id, dataset, cause } = origin;
      await ingest.events.emit(tx, "batch.closed", { batch: id, dataset, events: BigInt(published) }, { cause });
    },
  };
};

/** Records what an import would change, and ends it. */
export const recordDryRun = async ({ sql }: Pick<Ingest, "sql">, row: ImportRow, made: MadePlan): Promise<void> => {
  const counts = countsOf(row);
  const findings: Finding[] = [];
  for await (const { plan, findings: found } of made.parts()) {
    if (findings.length < maxFindings) findings.push(...found);
    counts.add(plan);
  }
  await transaction(sql, async (tx) => {
    // What the dataset has now, with what would come and without what would go.
    const now = await contentOf(tx, row.dataset);
    const { files, scans } = counts.summary({ files: 0, scans: 0 }, { count: 0, paths: [] });
    const after = {
      files: now.files + files.added - files.removed,
      scans: now.scans + scans.added - scans.removed,
    };
    const summary = counts.summary(after, await keptFiles(tx, row));
    await tx`
      update ingest.imports set state = 'planned', finished_at = now(), updated_at = now(), trouble = null,
        summary = ${JSON.stringify(summary)}::text::jsonb, findings = findings || ${JSON.stringify(findings)}::text::jsonb
      where id = ${row.id} and state in ('committing', 'publishing')`;
  });
};

/** Files of the dataset that the list of the import does not name; none of a mirror, which removes them. */
const keptFiles = async (tx: Transaction, { id, mode }: ImportRow): Promise<KeptFiles> => {
  if (mode !== "add") return { count: 0, paths: [] };
  const [kept] = await tx<{ count: number }[]>`
    select count(*)::int as count from ingest.import_files where import_id = ${id} and gone`;
  const first = await tx<{ path: string }[]>`
    select path from ingest.import_files where import_id = ${id} and gone order by path collate "C" limit 100`;
  return { count: kept?.count ?? 0, paths: first.map(({ path }) => path) };
};

/** A scan is one image, or the files of a folder that counts as one. */
const contentOf = async (tx: Transaction, dataset: string): Promise<{ files: number; scans: number }> => {
  const [now] = await tx<{ files: number; scans: number }[]>`
    select count(*)::int as files,
      (count(*) filter (where role = 'image') + count(distinct scan) filter (where role like 'image/%'))::int as scans
    from ingest.files where dataset = ${dataset}`;
  return now ?? { files: 0, scans: 0 };
};

const finishImport = async (
  tx: Transaction,
  row: ImportRow,
  counts: Counts,
  findings: readonly Finding[],
): Promise<void> => {
  const summary = counts.summary(await contentOf(tx, row.dataset), await keptFiles(tx, row));
  await tx`
    update ingest.imports set state = 'committed', published = to_publish, finished_at = now(), updated_at = now(),
      summary = ${JSON.stringify(summary)}::text::jsonb,
      findings = findings || ${JSON.stringify(findings)}::text::jsonb
    where id = ${row.id}`;
  await tx`
    delete from ingest.import_files where gone and import_id in (
      select id from ingest.imports where dataset = ${row.dataset} and state = 'committed' and id <> ${row.id})`;
};
