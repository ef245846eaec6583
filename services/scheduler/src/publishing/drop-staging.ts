import pLimit from "p-limit";
import { crashPoint } from "../crash-points.ts";
import type { Scheduler } from "../scheduler.ts";

/** Executions that are tidied up in one turn, those whose objects are deleted together, and such groups at once. */
const batch = 500;
const together = 16;
const concurrency = 4;

type Row = { readonly id: string; readonly attempts: number; readonly staged: string[] };

/** Drops what lies in staging of executions that have come to an end and whose outputs nobody has to publish any more. */
export const dropStaging = async (scheduler: Scheduler): Promise<void> => {
  const { sql, objects } = scheduler;
  const limit = pLimit(concurrency);
  for (;;) {
    const rows = await sql<Row[]>`
      select execution.id, execution.attempts,
        array(
          select object from scheduler.locations
          where kind = 'staged' and sha256 in (select sha256 from scheduler.outputs where outputs.execution = execution.id)
            and object like 'staging/' || execution.id || '/%') as staged
      from scheduler.executions as execution
      where execution.staged and execution.state in ('succeeded', 'failed', 'cancelled')
        and not exists (select from scheduler.tasks where tasks.execution = execution.id and tasks.state <> 'final')
      limit ${batch}`;
    if (rows.length === 0) return;
    await Promise.all(
      inGroups(rows).map((group) =>
        limit(async () => {
          const there = await Promise.all(group.map((row) => objectsOf(scheduler, row)));
          await objects.delete(there.flat());
        }),
      ),
    );
    crashPoint("staging.dropped");
    await sql`delete from scheduler.locations where object = any(${rows.flatMap(({ staged }) => staged)}::text[])`;
    await sql`update scheduler.executions set staged = false where id = any(${rows.map(({ id }) => id)}::uuid[])`;
    if (rows.length < batch) return;
  }
};

const inGroups = (rows: readonly Row[]): Row[][] =>
  Array.from({ length: Math.ceil(rows.length / together) }, (_, at) => rows.slice(at * together, (at + 1) * together));

/** After a single attempt its outputs are there, and a Pod's manifest beside them; a lost one may have left anything. */
const objectsOf = async ({ objects }: Scheduler, { id, attempts, staged }: Row): Promise<string[]> => {
  if (attempts <= 1 && staged.length > 0) return [...staged, ...new Set(staged.flatMap(manifestBeside))];
  const listed: string[] = [];
  for await (const { key } of objects.list(`staging/${id}/`)) listed.push(key);
  return listed;
};

/** A Pod's outputs are `staging/<execution>/<attempt>/<Pod>/<file>`. */
const manifestBeside = (key: string): string[] => {
  const folder = key.slice(0, key.lastIndexOf("/"));
  return folder.split("/").length > 3 ? [`${folder}.json`] : [];
};

/** Objects that are looked at with one statement. */
const atOnce = 1_000;

/** Drops what Pods have left that the cluster had replaced, or that wrote after everybody had stopped waiting for them. */
export const dropLeftovers = async (scheduler: Scheduler): Promise<void> => {
  let keys: string[] = [];
  for await (const { key } of scheduler.objects.list("staging/")) {
    if (scheduler.signal.aborted) return;
    keys.push(key);
    if (keys.length < atOnce) continue;
    await dropOver(scheduler, keys);
    keys = [];
  }
  await dropOver(scheduler, keys);
};

const dropOver = async ({ sql, objects }: Scheduler, keys: readonly string[]): Promise<void> => {
  const executions = new Map(keys.flatMap((key) => executionOf(key).map((id) => [key, id] as const)));
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.executions
    where id = any(${[...new Set(executions.values())]}::uuid[]) and state in ('succeeded', 'failed', 'cancelled') and not staged`;
  const over = new Set(rows.map(({ id }) => id));
  await objects.delete([...executions].flatMap(([key, id]) => (over.has(id) ? [key] : [])));
};

const executionOf = (key: string): string[] => /^staging\/([0-9a-f-]{36})\//.exec(key)?.slice(1) ?? [];
