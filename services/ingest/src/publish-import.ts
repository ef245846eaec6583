import { withLock } from "@rollerblade/database";
import { type Finding, Problem } from "@rollerblade/errors";
import { crashPoint } from "@rollerblade/events";
import { contextFromTraceparent, withSpan } from "@rollerblade/telemetry";
import { claimDataset } from "./claim-dataset.ts";
import { copyObjects } from "./copy-objects.ts";
import { findImport, type ImportRow, moveImport } from "./import-rows.ts";
import { datasetLock, type Ingest } from "./ingest.ts";
import { dropGarbage, dropStaged } from "./leftovers.ts";
import { type MadePlan, makePlan } from "./make-plan.ts";
import type { Plan } from "./plan.ts";
import { recordPlan } from "./record-plan.ts";

/**
 * Brings a committed import to its end: refused as a whole, or complete. What an earlier crash left half published in the same
 * dataset is completed first. May be called again at any time, by any replica.
 */
export const publishImport = async (ingest: Ingest, id: string): Promise<void> => {
  const { dataset } = await findImport(ingest.sql, id);
  await withLock(ingest.locks, datasetLock(dataset), async () => {
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
    { parent, attributes: { service: "ingest", "rollerblade.dataset": row.dataset } },
    work,
  );
};

/** Plans, publishes and records, again when a deletion changed the manifest meanwhile. */
const finish = async (ingest: Ingest, id: string): Promise<void> => {
  for (;;) {
    const row = await findImport(ingest.sql, id);
    if (row.state !== "committing" && row.state !== "publishing") return;
    const made = await makePlan(ingest, row);
    const findings = await faultsOf(ingest, row, made);
    if (!made.planned.accepted || findings.length > 0) return refuse(ingest, row, findings);
    const { plan } = made.planned;
    if (!(await accept(ingest, row, plan))) continue;
    crashPoint("ingest.accepted");
    await copyObjects(ingest, row, plan, made.manifest);
    crashPoint("ingest.copied");
    if (await recordPlan(ingest, row, plan, made.context)) return crashPoint("ingest.recorded");
    await doubt(ingest, row, plan);
  }
};

const faultsOf = async (
  ingest: Ingest,
  row: ImportRow,
  { planned, context, manifest }: MadePlan,
): Promise<readonly Finding[]> => {
  if (!planned.accepted) return planned.findings;
  const lacking = planned.plan.put.filter(({ path }) => (manifest.get(path)?.key ?? null) === null);
  if (lacking.length > 0)
    return lacking.map(({ path }) => ({ where: path, message: "changed on the server meanwhile; import again" }));
  return context.known ? [] : claimDataset(ingest, row);
};

const refuse = async (ingest: Ingest, { id }: ImportRow, findings: readonly Finding[]): Promise<void> => {
  await moveImport(ingest.sql, id, ["committing", "publishing"], "refused", findings);
};

/** From here on the import will be complete, whatever happens. False when its manifest was changed meanwhile. */
const accept = async (ingest: Ingest, { id, revision }: ImportRow, plan: Plan): Promise<boolean> => {
  const accepted = await ingest.sql`
    update ingest.imports set state = 'publishing', to_publish = ${plan.put.length}, updated_at = now()
    where id = ${id} and revision = ${revision} and state in ('committing', 'publishing')`;
  return accepted.count > 0;
};

/** What was copied for a plan that is void may be in nobody's records. */
const doubt = async (ingest: Ingest, { dataset }: ImportRow, plan: Plan): Promise<void> => {
  await ingest.sql`
    insert into ingest.garbage (dataset, path) select ${dataset}, * from unnest(${plan.put.map(({ path }) => path)}::text[])
    on conflict do nothing`;
};

/** Throws what was found against an import that a caller waited for. @throws Problem `invalid` when it was refused */
export const requireCommitted = (row: ImportRow): ImportRow => {
  if (row.state === "committed") return row;
  throw new Problem({
    code: row.state === "refused" ? "invalid" : "conflict",
    message: row.state === "refused" ? "Nothing was accepted: this is not BIDS." : `The upload was ${row.state}.`,
    subject: row.dataset,
    next: "Mend what is listed and send it again.",
    findings: row.findings,
  });
};
