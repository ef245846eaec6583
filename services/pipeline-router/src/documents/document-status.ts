import type { PipelineStatus, RuleCounts } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { matchesDataset } from "@rollerblade/pipeline";
import { type ReadGrants, visible } from "@rollerblade/service-kit";
import { whyUnusable } from "../evaluation/documents-in-force.ts";
import { readOwnerRights } from "../evaluation/owner-rights.ts";

/** The document that is asked about. */
type StatusOf = {
  readonly name: string;
  readonly application: string;
  readonly owner: string;
  readonly datasets: readonly string[];
};

/** What has become of a document so far, counted on the datasets on which it acts and which the asking person may read. */
export const readStatus = async (
  sql: Sql,
  { name, application, owner, datasets }: StatusOf,
  grants: ReadGrants,
): Promise<PipelineStatus> => {
  const rights = await readOwnerRights(sql, [owner]);
  const acts = (dataset: string): boolean =>
    matchesDataset(datasets, dataset) &&
    rights.mayRun(owner, dataset) &&
    (grants.all || grants.datasets.includes(dataset));
  // Marks first: what is evaluated between the statements is then counted late rather than never.
  const marks = await sql<{ dataset: string; count: number }[]>`
    select dataset, count(distinct subject)::int as count from pipeline_router.dirty where due_at <= now() group by dataset`;
  const open = await sql<{ dataset: string }[]>`
    select dataset from pipeline_router.batches where not closed and expires_at > now()`;
  const [large] = await sql<{ count: number }[]>`
    select count(*)::int as count from pipeline_router.large_requests large
    join pipeline_router.decisions decided on decided.id = large.decision where decided.document = ${name}`;
  const rules = await readCounts(sql, name, application, grants);
  const dirty = marks.filter(({ dataset }) => acts(dataset)).reduce((sum, { count }) => sum + count, 0);
  const openBatches = open.filter(({ dataset }) => acts(dataset)).length;
  const unusable = await whyUnusable(sql, name);
  const busy = rules.some(({ asked, waiting }) => asked + waiting > 0);
  return {
    name,
    application,
    dirty,
    openBatches,
    rules,
    unusable,
    settled: dirty + openBatches + (large?.count ?? 0) === 0 && !busy,
  };
};

/** Each decision in force counts once. One that is answered counts as waiting until its outputs are known, or while its inputs are made anew. */
const readCounts = (sql: Sql, document: string, application: string, grants: ReadGrants): Promise<RuleCounts[]> =>
  sql<RuleCounts[]>`
    select runs.rule, runs.id as run, count(decided.id)::int as total,
      (count(*) filter (where outcome = 'asked'))::int as asked,
      (count(*) filter (where outcome = 'ran' and progress <> 'pending'))::int as ran,
      (count(*) filter (where outcome = 'cached' and progress <> 'pending'))::int as cached,
      (count(*) filter (where outcome = 'in-place' and progress <> 'pending'))::int as in_place,
      (count(*) filter (where outcome in ('failed', 'cancelled') and progress <> 'pending'))::int as failed,
      (count(*) filter (where progress = 'pending' and outcome is distinct from 'asked'))::int as waiting,
      (count(*) filter (where progress = 'stuck'))::int as stuck,
      (count(*) filter (where progress = 'not-called'))::int as not_called,
      (count(*) filter (where progress = 'not-applicable'))::int as not_applicable,
      (count(*) filter (where progress = 'unknown'))::int as unknown,
      (count(*) filter (where progress = 'ambiguous'))::int as ambiguous
    from pipeline_router.runs
    left join pipeline_router.decisions decided
      on decided.document = runs.document and decided.rule = runs.rule and decided.ended_at is null
        and ${visible(sql, grants, { datasets: sql`array[decided.dataset]`, at: sql`decided.created_at` })}
    where runs.application = ${application} and runs.document = ${document}
    group by runs.rule, runs.id order by runs.id`;
