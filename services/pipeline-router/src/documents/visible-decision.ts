import type { Fragment, Queryable } from "@rollerblade/database";
import { type ReadGrants, visible } from "@rollerblade/service-kit";

/** The condition that somebody may see a `decision`. */
export const visibleDecision = (sql: Queryable, grants: ReadGrants): Fragment =>
  visible(sql, grants, {
    datasets: sql`array[decision.dataset]`,
    analysis: sql`decision.analysis`,
    pipeline: sql`decision.document`,
    at: sql`decision.created_at`,
  });
