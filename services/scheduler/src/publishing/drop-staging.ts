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

/** After a single attempt only its outputs are there; a lost one may have left anything, and so may Pods that were replaced. */
const objectsOf = async ({ objects }: Scheduler, { id, attempts, staged }: Row): Promise<string[]> => {
  if (attempts <= 1 && staged.length > 0 && !staged.some(isOfPod)) return staged;
  const listed: string[] = [];
  for await (const { key } of objects.list(`staging/${id}/`)) listed.push(key);
  return listed;
};

/** `staging/<execution>/<attempt>/<Pod>/<file>`: beside these lies a manifest. */
const isOfPod = (key: string): boolean => key.split("/").length > 4;
