import type { ServiceContext } from "@rollerblade/service-kit";

const hourMs = 3_600_000;

/** Deletes what is older than the retention, every hour; without one everything is kept. */
export const keepAudit = ({ sql, every, log }: ServiceContext, retentionDays: number | undefined): void => {
  if (retentionDays === undefined) return;
  every("keep-audit", hourMs, async () => {
    const [pruned] = await sql<{ rows: number }[]>`
      select accounts.prune_audit(now() - make_interval(days => ${retentionDays}))::int as rows`;
    if ((pruned?.rows ?? 0) > 0) log.info({ rows: pruned?.rows }, "old rows of the audit log were deleted");
  });
};
