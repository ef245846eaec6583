import { rawNamesLock, withLock } from "@rollerblade/database";
import { type Finding, Problem } from "@rollerblade/errors";
import { crashPoint } from "@rollerblade/events";
import { writeMount } from "@rollerblade/object-store";
import { contextFromTraceparent, withSpan } from "@rollerblade/telemetry";
import { beingDeleted, type KnownDeletion, latestOf, requireFinished } from "../cleanup/deletions.ts";
import { loseAbsentOf } from "../cleanup/lost-files.ts";
import { settleDeletions } from "../cleanup/settle-deletions.ts";
import { applyCorrections } from "../corrections/apply-corrections.ts";
import { reportUpload } from "../findings/report-upload.ts";
import { findImport, type ImportRow, maxFindings, moveImport } from "../imports/import-rows.ts";
import { readInPlace } from "../in-place/read-in-place.ts";
import type { Ingest } from "../ingest.ts";
import { dropGarbage, dropStaged } from "../staged/leftovers.ts";
import { claimDataset } from "./claim-dataset.ts";
import { copyObjects } from "./copy-objects.ts";
import { hasKeptOut, keepOut } from "./keep-out.ts";
import { faultsOfDataset, type MadePlan, makePlan } from "./make-plan.ts";
import { recordDryRun, recordPlan } from "./record-plan.ts";

/**
 * Brings a committed import to its end: refused as a whole, or complete. What an earlier crash left half published in
 * the same dataset is completed first. May be called again at any time, by any replica.
 */
export const publishImport = async (ingest: Ingest, id: string): Promise<void> => {
  const { dataset, state } = await findImport(ingest.sql, id);
  if (state === "reading") await readInPlace(ingest, id);
  await withLock(ingest.locks, rawNamesLock(dataset), async () => {
    const begun = await ingest.sql<ImportRow[]>`
      select * from ingest.imports where dataset = ${dataset} and state = 'publishing' order by id`;
    for (const row of begun) await traced(row, () => finish(ingest, row.id));
    const row = await findImport(ingest.sql, id);
    if (row.state === "committing") await traced(row, () => finish(ingest, id));
    await dropGarbage(ingest, dataset);
  });
  await dropStaged(ingest, id);
};

const traced = (row: ImportRow, work: () => Promise<void>): Promise<void> => {
  const parent = contextFromTraceparent(row.traceparent ?? "");
  return withSpan(
    "publish import",
    { parent, attributes: { "service.name": "ingest", "rollerblade.dataset": row.dataset } },
    work,
  );
};

/** Plans, publishes and records, again when a deletion changed the manifest meanwhile. */
const finish = async (ingest: Ingest, id: string): Promise<void> => {
  for (;;) {
    const deletions = await settleDeletions(ingest.sql, (await findImport(ingest.sql, id)).dataset);
    const found = await findImport(ingest.sql, id);
    if (found.state !== "committing" && found.state !== "publishing") return;
    requireFinished(deletions, found.dataset);
    const row = await withCorrections(ingest, await keepOut(ingest, found, deletions), deletions);
    if (row.location === null) await loseAbsentOf(ingest, row.dataset, id);
    const made = await makePlan(ingest, row);
    const { fatal, puts } = await judge(ingest, row, made);
    if (fatal.length > 0) return refuse(ingest, row, fatal);
    if (row.dryRun) return recordDryRun(ingest, row, made);
    if (!(await accept(ingest, row, puts))) continue;
    crashPoint("ingest.accepted");
    if (row.location === null) await copyObjects(ingest, row, made);
    else await writeMount(ingest.objects, row.dataset, row.location);
    crashPoint("ingest.copied");
    if (await recordPlan(ingest, row, made, latestOf(deletions))) {
      crashPoint("ingest.recorded");
      return row.mode === "upload" ? judgeUpload(ingest, row, made) : undefined;
    }
    await recordUnrecorded(ingest, row, made);
  }
};

/** Refuses the upload of cells that cannot be set. @throws Problem that says why, for whoever waits for it */
const withCorrections = async (
  ingest: Ingest,
  row: ImportRow,
  deletions: readonly KnownDeletion[],
): Promise<ImportRow> => {
  try {
    return await applyCorrections(ingest, row, deletions);
  } catch (error) {
    if (!(error instanceof Problem) || !["invalid", "not-found", "conflict"].includes(error.code)) throw error;
    await refuse(ingest, row, [{ where: error.subject ?? "", message: error.message }]);
    throw error;
  }
};

/** What is wrong with uploaded files is a hint: an upload that was recorded is complete without it. */
const judgeUpload = async (ingest: Ingest, row: ImportRow, { parts }: MadePlan): Promise<void> => {
  const paths: string[] = [];
  for await (const { plan } of parts()) paths.push(...plan.put.map(({ path }) => path));
  await reportUpload(ingest, row, paths).catch((err: unknown) =>
    ingest.log.warn({ err, import: row.id }, "the files of an upload were not judged"),
  );
};

type Judgement = {
  /** What refuses the whole import. */
  readonly fatal: readonly Finding[];
  /** Files whose bytes are new. */
  readonly puts: number;
};

const judge = async (ingest: Ingest, row: ImportRow, made: MadePlan): Promise<Judgement> => {
  const ofDataset = await faultsOfDataset(ingest, row);
  const { fatal: ofFiles, puts } = await judgeFiles(ingest, row, made);
  const fatal = [...ofDataset, ...(await faultOfRemoval(ingest, row)), ...ofFiles];
  if (fatal.length > 0) return { fatal, puts };
  const elsewhere = await faultOfPlace(ingest, row);
  if (row.dryRun) return { fatal: elsewhere, puts };
  // Also of a dataset that is known: a deletion may have given up its name just now.
  return { fatal: elsewhere.length > 0 ? elsewhere : await claimDataset(ingest, row), puts };
};

const judgeFiles = async ({ sql }: Ingest, row: ImportRow, { parts }: MadePlan): Promise<Judgement> => {
  // No file keeps an import in place from being accepted, so it need not be planned only to be judged.
  if (row.location !== null && !row.strict) {
    const [named] = await sql<{ puts: number }[]>`
      select count(*)::int as puts from ingest.import_files where import_id = ${row.id} and not gone`;
    return { fatal: [], puts: named?.puts ?? 0 };
  }
  const refusing: Finding[] = row.strict ? [...row.findings] : [];
  const missing: Finding[] = [];
  let puts = 0;
  for await (const { plan, manifest, findings } of parts()) {
    puts += plan.put.length;
    if (row.strict && refusing.length < maxFindings) refusing.push(...findings);
    if (row.location === null && !row.dryRun && missing.length < maxFindings)
      missing.push(...plan.put.flatMap(({ path }) => missingContentAt(path, manifest)));
  }
  return { fatal: [...refusing, ...missing.slice(0, maxFindings)], puts };
};

/**
 * A source of which most is suddenly gone is more often a disk that is half mounted or a wrong folder than a dataset
 * that shrank, so a mirror removes more than half of the files only when that was asked for by `force`.
 */
const faultOfRemoval = async ({ sql }: Ingest, { id, dataset, mode, force }: ImportRow): Promise<Finding[]> => {
  if (mode !== "mirror" || force) return [];
  const [row] = await sql<{ files: number; gone: number }[]>`
    select count(*)::int as files,
      (select count(*)::int from ingest.import_files where import_id = ${id} and gone) as gone
    from ingest.files where dataset = ${dataset}`;
  if (row === undefined || row.gone * 2 <= row.files) return [];
  const message = `the mirror would remove ${row.gone} of ${row.files} files, more than half of the dataset; see that the source is complete (a disk may not be mounted), and remove them all the same with \`--force\``;
  return [{ where: dataset, message }];
};

const missingContentAt = (path: string, manifest: ReadonlyMap<string, { readonly key: string | null }>): Finding[] =>
  (manifest.get(path)?.key ?? null) === null
    ? [{ where: path, message: "changed on the server meanwhile; import again" }]
    : [];

/** Files of one dataset are either all copied or all left where they are. */
const faultOfPlace = async (ingest: Ingest, { dataset, location, mode }: ImportRow): Promise<Finding[]> => {
  const [known] = await ingest.sql<
    { location: string | null }[]
  >`select location from ingest.datasets where name = ${dataset}`;
  if (known === undefined || mode === "upload" || (known.location === null) === (location === null)) return [];
  const message =
    known.location === null
      ? "the dataset was copied; delete it before you import it in place, or import it without --in-place"
      : `the dataset's files stay at ${known.location}; import it with --in-place, or delete it before you copy it`;
  return [{ where: dataset, message }];
};

const refuse = async (ingest: Ingest, { id }: ImportRow, findings: readonly Finding[]): Promise<void> => {
  await moveImport(ingest.sql, id, ["committing", "publishing"], "refused", findings);
  await ingest.sql`delete from ingest.corrections where import_id = ${id}`;
};

/** From here on the import will be complete, whatever happens. False when its manifest was changed meanwhile. */
const accept = async (ingest: Ingest, { id, revision }: ImportRow, puts: number): Promise<boolean> => {
  const accepted = await ingest.sql`
    update ingest.imports set state = 'publishing', to_publish = ${puts}, updated_at = now()
    where id = ${id} and revision = ${revision} and state in ('committing', 'publishing')`;
  return accepted.count > 0;
};

/** Notes files that were copied for a plan that became void as possible garbage, since no record may name them. */
const recordUnrecorded = async (
  ingest: Ingest,
  { dataset, location }: ImportRow,
  { parts }: MadePlan,
): Promise<void> => {
  if (location !== null) return;
  for await (const { plan } of parts())
    await ingest.sql`
      insert into ingest.garbage (dataset, path) select ${dataset}, * from unnest(${plan.put.map(({ path }) => path)}::text[])
      on conflict do nothing`;
};

/**
 * Throws what was found against an import that a caller waited for. @throws Problem `invalid` or `conflict` when it was
 * refused
 */
export const requireCommitted = (row: ImportRow): ImportRow => {
  if (row.state === "committed") return row;
  // Nothing else ends an upload while its request waits for it.
  if (row.state === "aborted") throw beingDeleted(row.dataset);
  if (row.state === "refused" && hasKeptOut(row))
    throw new Problem({
      code: "conflict",
      message: "Nothing was accepted: there are files of subjects that were deleted from this dataset.",
      subject: row.dataset,
      next: "Send it without them, or restore them with `rollerblade subject restore`.",
      findings: row.findings,
    });
  throw new Problem({
    code: row.state === "refused" ? "invalid" : "conflict",
    message: row.state === "refused" ? "Nothing was accepted: this is not BIDS." : `The upload was ${row.state}.`,
    subject: row.dataset,
    next: "Fix what is listed and send it again.",
    findings: row.findings,
  });
};
