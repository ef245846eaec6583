import { referenceKey, referencePrefix, taskOfReferenceKey } from "@rollerblade/abids/bucket-layout";
import { sourcesOf } from "@rollerblade/analysis";
import type { Sql } from "@rollerblade/database";
import { areManySources, sourcesObject } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Publication } from "./claim-publications.ts";

/** Days after which no stream holds a message any more that names such an object: those of events keep 30 days. */
const keptDays = 40;

/** Objects whose tasks one statement looks up. */
const objectsPerStatement = 500;

/**
 * Puts the sources of a task that has thousands of them into an object that its messages name, since a message has a limit. Others
 * carry their sources themselves.
 */
export const keepSources = async (objects: Pick<ObjectStore, "put">, { id, requested }: Publication): Promise<void> => {
  const sources = requested === null ? [] : sourcesOf(requested);
  if (!areManySources(sources)) return;
  const { key, body } = sourcesObject(id, sources);
  await objects.put(key, body, { size: body.length });
};

/** What dropping sources needs. */
type Dropping = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "list" | "delete"> };

/** Deletes the objects of sources that no message names any more. */
export const dropSources = async (scheduler: Dropping & { readonly signal: AbortSignal }): Promise<void> => {
  let keys: string[] = [];
  for await (const { key } of scheduler.objects.list(referencePrefix)) {
    if (scheduler.signal.aborted) return;
    keys.push(key);
    if (keys.length < objectsPerStatement) continue;
    await dropOld(scheduler, keys);
    keys = [];
  }
  await dropOld(scheduler, keys);
};

const dropOld = async ({ sql, objects }: Dropping, keys: readonly string[]): Promise<void> => {
  const tasks = keys.flatMap((key) => taskOfReferenceKey(key) ?? []);
  if (tasks.length === 0) return;
  const old = await sql<{ id: string }[]>`
    select id from scheduler.tasks
    where id = any(${tasks}::uuid[]) and state = 'final' and finished_at < now() - ${keptDays} * interval '1 day'`;
  await objects.delete(old.map(({ id }) => referenceKey(id)));
};
