import { executionOfKey, executionPrefix, reportKeyBeside, stagingPrefix } from "@rollerblade/abids/bucket-layout";
import type { Sql } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { crashPoint } from "../crash-points.ts";

/** What dropping needs. */
type Staging = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "list" | "delete"> };

/** Executions that are tidied up with one statement. */
const executionsPerTurn = 500;
/** Executions whose objects one call deletes, and such calls at once. */
const executionsPerDelete = 16;
const concurrentDeletes = 4;

type StagedExecution = { readonly id: string; readonly attempts: number; readonly staged: string[] };

/** Deletes the staged objects of executions that have ended and whose outputs no task has to publish any more. */
export const dropStaging = async ({ sql, objects }: Staging): Promise<void> => {
  const limit = pLimit(concurrentDeletes);
  for (;;) {
    const rows = await sql<StagedExecution[]>`
      select execution.id, execution.attempts,
        array(
          select object from scheduler.locations
          where kind = 'staged' and sha256 in (select sha256 from scheduler.outputs where outputs.execution = execution.id)
            and object like ${stagingPrefix} || execution.id || '/%') as staged
      from scheduler.executions as execution
      where execution.staged and execution.state in ('succeeded', 'failed', 'cancelled')
        and not exists (select from scheduler.tasks where tasks.execution = execution.id and tasks.state <> 'final')
      limit ${executionsPerTurn}`;
    if (rows.length === 0) return;
    await Promise.all(
      inGroups(rows).map((group) =>
        limit(async () => {
          const found = await Promise.all(group.map((row) => objectsOf(objects, row)));
          await objects.delete(found.flat());
        }),
      ),
    );
    crashPoint("staging.dropped");
    await sql`delete from scheduler.locations where object = any(${rows.flatMap(({ staged }) => staged)}::text[])`;
    await sql`update scheduler.executions set staged = false where id = any(${rows.map(({ id }) => id)}::uuid[])`;
    if (rows.length < executionsPerTurn) return;
  }
};

const inGroups = (rows: readonly StagedExecution[]): StagedExecution[][] =>
  Array.from({ length: Math.ceil(rows.length / executionsPerDelete) }, (_, at) =>
    rows.slice(at * executionsPerDelete, (at + 1) * executionsPerDelete),
  );

/**
 * Finds the objects of an execution. After a single attempt these are its outputs and, of a Pod, the manifest beside them, so no list
 * is needed; a lost attempt may have left anything.
 */
const objectsOf = async (
  objects: Pick<ObjectStore, "list">,
  { id, attempts, staged }: StagedExecution,
): Promise<string[]> => {
  if (attempts <= 1 && staged.length > 0)
    return [...staged, ...new Set(staged.flatMap((key) => reportKeyBeside(key) ?? []))];
  const listed: string[] = [];
  for await (const { key } of objects.list(executionPrefix(id))) listed.push(key);
  return listed;
};

/** Objects whose executions one statement looks up: what one page of a list of S3 has. */
const objectsPerStatement = 1_000;

/**
 * Deletes what was staged after its execution had been tidied up: by Pods that the cluster had replaced, or that wrote after the
 * scheduler had stopped waiting for them.
 */
export const dropLeftovers = async (scheduler: Staging & { readonly signal: AbortSignal }): Promise<void> => {
  let keys: string[] = [];
  for await (const { key } of scheduler.objects.list(stagingPrefix)) {
    if (scheduler.signal.aborted) return;
    keys.push(key);
    if (keys.length < objectsPerStatement) continue;
    await dropEnded(scheduler, keys);
    keys = [];
  }
  await dropEnded(scheduler, keys);
};

const dropEnded = async ({ sql, objects }: Staging, keys: readonly string[]): Promise<void> => {
  const executions = new Map(
    keys.flatMap((key) => {
      const id = executionOfKey(key);
      return id === null ? [] : [[key, id] as const];
    }),
  );
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.executions
    where id = any(${[...new Set(executions.values())]}::uuid[]) and state in ('succeeded', 'failed', 'cancelled') and not staged`;
  const ended = new Set(rows.map(({ id }) => id));
  await objects.delete([...executions].flatMap(([key, id]) => (ended.has(id) ? [key] : [])));
};
