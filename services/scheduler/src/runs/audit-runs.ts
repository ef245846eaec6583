import { type AuditLine, accountsRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";

/** What writing the audit log needs. */
type Auditing = Pick<ServiceContext, "peer"> & { readonly sql: Sql };

/** A dataset on which a run has got tasks, of which the audit log does not tell yet. */
type UnauditedRun = {
  readonly id: string;
  readonly owner: string;
  readonly datasets: readonly string[];
  readonly createdAt: Date;
  readonly traceparent: string;
};

/** Runs at once: with a few datasets each they are one request of some 100 KB. */
const runsAtOnce = 200;

/** Lines that one request may carry. */
const linesAtOnce = 1_000;

/**
 * Writes into the audit log on which datasets runs have begun, so that their owners see who ran on their data: also for the pages of a query that
 * are found after its run was created, and for the runs of rules, which no request orders. After a crash a line may stand there twice.
 */
export const auditRuns = async ({ sql, peer }: Auditing): Promise<void> => {
  for (;;) {
    const runs = await sql<UnauditedRun[]>`
      select id, owner, created_at, traceparent,
        array(select unnest(datasets) except select unnest(audited_datasets) order by 1) as datasets
      from scheduler.runs where not datasets <@ audited_datasets order by id limit ${runsAtOnce}`;
    if (runs.length === 0) return;
    const lines = runs.flatMap((run) => run.datasets.map((dataset) => lineOf(run, dataset)));
    for (let at = 0; at < lines.length; at += linesAtOnce)
      await peer("accounts").call(accountsRoutes.recordAudit, { body: { lines: lines.slice(at, at + linesAtOnce) } });
    for (const { id, datasets } of runs)
      await sql`
        update scheduler.runs set audited_datasets = audited_datasets || ${[...datasets]}::text[] where id = ${id}`;
  }
};

/** What the run is made with is named to who may read that: the line has its id alone. */
const lineOf = ({ id, owner, createdAt, traceparent }: UnauditedRun, dataset: string): AuditLine => ({
  time: createdAt.toISOString(),
  actor: owner,
  action: "run.began",
  subject: `dataset ${dataset}`,
  outcome: "allowed",
  address: null,
  traceId: traceparent.split("-")[1] ?? null,
  details: { run: id },
});
