import { parseSliceBodyKey, sliceBodyPrefix } from "@rollerblade/abids/bucket-layout";
import type { ServiceContext } from "@rollerblade/service-kit";

/** Milliseconds that a body lies at least, since its request may be on its way still. */
const youngest = 24 * 60 * 60 * 1000;

/** Bodies that are looked at with one statement. */
const bodiesAtOnce = 500;

/** Deletes bodies of requests that were answered, or whose decisions are no longer in force. */
export const dropBodies = async (context: ServiceContext): Promise<void> => {
  let keys: string[] = [];
  for await (const { key } of context.objects.list(sliceBodyPrefix)) {
    if (context.signal.aborted) return;
    const head = await context.objects.head(key);
    if (head !== null && head.modified.getTime() + youngest < Date.now()) keys.push(key);
    if (keys.length < bodiesAtOnce) continue;
    await dropAnswered(context, keys);
    keys = [];
  }
  await dropAnswered(context, keys);
};

const dropAnswered = async ({ sql, objects }: ServiceContext, keys: readonly string[]): Promise<void> => {
  const bodies = keys.flatMap((key) => {
    const body = parseSliceBodyKey(key);
    return body === null ? [] : [{ key, ...body }];
  });
  if (bodies.length === 0) return;
  const needed = await sql<{ id: string; round: number }[]>`
    select id, round from pipeline_router.decisions
    where id = any(${bodies.map(({ decision }) => decision)}::uuid[]) and ended_at is null and outcome = 'asked'`;
  const waiting = new Set(needed.map(({ id, round }) => `${id}-${round}`));
  await objects.delete(
    bodies.filter(({ decision, round }) => !waiting.has(`${decision}-${round}`)).map(({ key }) => key),
  );
};
