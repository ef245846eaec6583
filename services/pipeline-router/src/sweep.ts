import { transaction } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import { type Mark, markDirty } from "./dirty.ts";
import { expireBatches } from "./projection/batches.ts";

/** Places that each sweep looks at again, although no event reported a change. */
const placesAtOnce = 200;

/**
 * Finds what an event missed: batches that were given up, requests that nobody answered, and, little by little, every place there is.
 * It only marks; the evaluation decides.
 */
export const sweep = async (context: ServiceContext, overdueMs: number): Promise<void> => {
  await transaction(context.sql, (tx) => expireBatches(tx));
  await markOverdue(context, overdueMs);
  await markNext(context);
};

const markOverdue = async ({ sql }: ServiceContext, overdueMs: number): Promise<void> => {
  const overdue = await sql<Mark[]>`
    select distinct dataset, coalesce(subject, '') as subject, null::text as traceparent from pipeline_router.decisions
    where ended_at is null and outcome = 'asked'
      and asked_at + ${overdueMs} * interval '1 millisecond' * power(2, least(sends - 1, 10)) <= now()
    limit 10000`;
  await markDirty(sql, overdue);
};

/** Goes round: behind the last place comes the first one. */
const markNext = async ({ sql }: ServiceContext): Promise<void> => {
  const [last] = await sql<{ dataset: string; subject: string }[]>`
    select dataset, subject from pipeline_router.sweeps where name = 'places'`;
  const { dataset, subject } = last ?? { dataset: "", subject: "" };
  const places = await sql<Mark[]>`
    select distinct dataset, subject, null::text as traceparent from (
      select dataset, subject from pipeline_router.scans where (dataset, subject) > (${dataset}, ${subject})
      union all
      select dataset, subject from pipeline_router.decisions
      where ended_at is null and subject is not null and (dataset, subject) > (${dataset}, ${subject})) as place
    order by dataset, subject limit ${placesAtOnce}`;
  const next =
    places.length < placesAtOnce ? { dataset: "", subject: "" } : (places.at(-1) ?? { dataset: "", subject: "" });
  await transaction(sql, async (tx) => {
    await markDirty(tx, places);
    await tx`
      insert into pipeline_router.sweeps (name, dataset, subject) values ('places', ${next.dataset}, ${next.subject})
      on conflict (name) do update set dataset = excluded.dataset, subject = excluded.subject`;
  });
};
