import { parseSliceBodyKey, sliceBodyPrefix } from "@rollerblade/abids/bucket-layout";
import type { Transaction } from "@rollerblade/database";
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

/**
 * Erases bodies of requests about a dataset, which may name a deleted person: those of decisions that were answered or have ended. By the
 * time of an erasure none of these is on its way. An object that is deleted in a transaction which fails is not needed, either.
 */
export const eraseBodies = async (
  objects: Pick<ServiceContext["objects"], "list" | "delete">,
  tx: Transaction,
  dataset: string,
): Promise<void> => {
  const bodies: { readonly key: string; readonly decision: string }[] = [];
  for await (const { key } of objects.list(sliceBodyPrefix)) {
    const body = parseSliceBodyKey(key);
    if (body !== null) bodies.push({ key, decision: body.decision });
  }
  for (let at = 0; at < bodies.length; at += bodiesAtOnce) {
    const some = bodies.slice(at, at + bodiesAtOnce);
    const rows = await tx<{ id: string }[]>`
      select id from pipeline_router.decisions
      where id = any(${some.map(({ decision }) => decision)}::uuid[]) and dataset = ${dataset}
        and (ended_at is not null or outcome is distinct from 'asked')`;
    const settled = new Set(rows.map(({ id }) => id));
    await objects.delete(some.filter(({ decision }) => settled.has(decision)).map(({ key }) => key));
  }
};
