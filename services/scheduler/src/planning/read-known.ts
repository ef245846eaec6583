import { type Location, lookAt } from "../locations/held-locations.ts";
import { readRights } from "../rights.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import type { HeldName, Known, KnownExecution, OpenTask } from "./plan-task.ts";

/** Everything that planning these tasks needs to know, with one statement for each kind of thing and one look at each object. */
export const readKnown = async (scheduler: Scheduler, tasks: readonly OpenTask[]): Promise<Known> => {
  const { sql, settings } = scheduler;
  const executions = await readExecutions(scheduler, tasks);
  const names = await readNames(scheduler, tasks, executions);
  const hashes = executions.flatMap(({ outputs }) => outputs.map(({ sha256 }) => sha256));
  const places = await sql<Location[]>`
    select * from scheduler.locations where sha256 = any(${[...new Set(hashes)]}::text[])`;
  const held = await findHeld(scheduler, places, names);
  const rights = await readRights(
    sql,
    tasks.map(({ owner }) => owner),
  );
  return {
    executions: Map.groupBy(
      executions.map((execution) => ({
        ...execution,
        outputs: execution.outputs.map((output) => ({ ...output, held: held.contents.has(output.sha256) })),
      })),
      ({ key }) => key,
    ),
    names: new Map(
      names.map((name): [string, HeldName] => [
        `${name.dataset}/${name.path}`,
        { ...name, held: held.objects.has(`datasets/${name.dataset}/${name.path}`) },
      ]),
    ),
    refusal: ({ owner, analysis, dataset }) => {
      const { may } = rights(owner);
      if (!may("run", "analysis", analysis)) return `${owner} may not run ${analysis}`;
      return may("run", "dataset", dataset) ? null : `${owner} may not run anything on ${dataset}`;
    },
    mayUse: (owner, datasets) =>
      settings.cache === "global" || datasets.every((dataset) => rights(owner).may("read", "dataset", dataset)),
  };
};

type ExecutionRow = Omit<KnownExecution, "outputs"> & { readonly outputs: readonly { name: string; sha256: string }[] };

/** Of all successes with one key the newest ones are enough to look at. */
const readExecutions = async ({ sql }: Scheduler, tasks: readonly OpenTask[]): Promise<ExecutionRow[]> => {
  const keys = [...new Set(tasks.map(({ key }) => key))];
  return sql<ExecutionRow[]>`
    select execution.id, execution.key, execution.state, execution.datasets, coalesce(made.outputs, '[]') as outputs
    from unnest(${keys}::text[]) as wanted(key)
    cross join lateral (
      select * from scheduler.executions
      where executions.key = wanted.key and state in ('queued', 'delayed', 'running', 'succeeded') and not cancel_requested
      order by created_at desc limit 20) as execution
    left join lateral (
      select jsonb_agg(jsonb_build_object('name', name, 'sha256', sha256)) as outputs
      from scheduler.outputs where outputs.execution = execution.id) as made on execution.state = 'succeeded'`;
};

type NameRow = {
  readonly dataset: string;
  readonly path: string;
  readonly derivative: string;
  readonly sha256: string;
  readonly key: string;
};

/** The names of tasks whose key has succeeded somewhere; of all others nothing can be in place. */
const readNames = async (
  { sql }: Scheduler,
  tasks: readonly OpenTask[],
  executions: readonly ExecutionRow[],
): Promise<NameRow[]> => {
  const succeeded = new Set(executions.filter(({ state }) => state === "succeeded").map(({ key }) => key));
  const wanted = tasks
    .filter(({ key }) => succeeded.has(key))
    .flatMap(({ dataset, paths }) => Object.values(paths).map((path) => ({ dataset, path })));
  if (wanted.length === 0) return [];
  return sql<NameRow[]>`
    select name.dataset, name.path, name.derivative, name.sha256, derivative.key
    from jsonb_to_recordset(${asRecords(wanted)}::text::jsonb) as wanted(dataset text, path text)
    join scheduler.names as name using (dataset, path)
    join scheduler.derivatives as derivative on derivative.id = name.derivative and derivative.state = 'in-force'
    where name.intent is null`;
};

type Held = { readonly objects: ReadonlySet<string>; readonly contents: ReadonlySet<string> };

/**
 * Looks at each content at the tasks' own names first: where they hold it, no other place needs a look. What has vanished is
 * forgotten, and a changed time of change is remembered.
 */
const findHeld = async (
  scheduler: Scheduler,
  places: readonly Location[],
  names: readonly NameRow[],
): Promise<Held> => {
  const own = new Set(names.map(({ dataset, path }) => `datasets/${dataset}/${path}`));
  const objects = new Set<string>();
  const contents = new Set<string>();
  const visit = async (batch: readonly Location[]): Promise<void> => {
    const looks = await lookAt(scheduler.objects, batch);
    for (const { object, sha256 } of batch) {
      if (looks.get(object)?.held !== true) continue;
      objects.add(object);
      contents.add(sha256);
    }
    await remember(scheduler, [...looks.values()]);
  };
  await visit(places.filter(({ object }) => own.has(object)));
  const elsewhere = Map.groupBy(
    places.filter(({ object, sha256 }) => !own.has(object) && !contents.has(sha256)),
    ({ sha256 }) => sha256,
  );
  // One place a content first; the others only where that one failed.
  for (let turn = 0; elsewhere.size > 0; turn++) {
    const batch = [...elsewhere.values()].flatMap((group) => group.slice(turn, turn + 1));
    if (batch.length === 0) break;
    await visit(batch);
    for (const sha256 of elsewhere.keys()) if (contents.has(sha256)) elsewhere.delete(sha256);
  }
  return { objects, contents };
};

const remember = async (
  { sql }: Scheduler,
  looks: readonly { object: string; held: boolean; modified: number | null }[],
): Promise<void> => {
  const gone = looks.filter(({ held }) => !held).map(({ object }) => object);
  const touched = looks.filter(({ modified }) => modified !== null);
  if (gone.length > 0) await sql`delete from scheduler.locations where object = any(${gone}::text[])`;
  if (touched.length === 0) return;
  await sql`
    update scheduler.locations as location set modified = seen.modified
    from jsonb_to_recordset(${asRecords(touched)}::text::jsonb) as seen(object text, modified bigint)
    where location.object = seen.object`;
};
