import { sourcesOf } from "@rollerblade/analysis";
import { areManySources, sourcesObject } from "@rollerblade/events";
import type { Scheduler } from "../scheduler.ts";
import type { Publication } from "./claim-publications.ts";

/** Days after which no stream holds a message any more that names such an object. */
const days = 40;

/** Objects that are looked at with one statement. */
const atOnce = 500;

/** Puts the sources of a group of thousands where the message that tells of its outputs can name them. */
export const keepSources = async ({ objects }: Scheduler, { id, requested }: Publication): Promise<void> => {
  const sources = requested === null ? [] : sourcesOf(requested);
  if (!areManySources(sources)) return;
  const { key, body } = sourcesObject(id, sources);
  await objects.put(key, body, { size: body.length });
};

/** Deletes the sources that no message names any more. */
export const dropSources = async (scheduler: Scheduler): Promise<void> => {
  let keys: string[] = [];
  for await (const { key } of scheduler.objects.list("references/")) {
    if (scheduler.signal.aborted) return;
    keys.push(key);
    if (keys.length < atOnce) continue;
    await dropOld(scheduler, keys);
    keys = [];
  }
  await dropOld(scheduler, keys);
};

const dropOld = async ({ sql, objects }: Scheduler, keys: readonly string[]): Promise<void> => {
  const tasks = keys.flatMap((key) => /^references\/([0-9a-f-]{36})\.json$/.exec(key)?.[1] ?? []);
  if (tasks.length === 0) return;
  const old = await sql<{ id: string }[]>`
    select id from scheduler.tasks
    where id = any(${tasks}::uuid[]) and state = 'final' and finished_at < now() - ${days} * interval '1 day'`;
  await objects.delete(old.map(({ id }) => sourcesObject(id, []).key));
};
