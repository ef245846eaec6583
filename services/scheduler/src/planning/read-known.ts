import type { JsonObject } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { type SliceRef, sliceKey } from "@rollerblade/abids/facts";
import { columnsOf, recordset, type Sql } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { checkLocations, type LocationCheck } from "../locations/check-locations.ts";
import { placesMisdescribed } from "../locations/check-sidecars.ts";
import { readRights } from "../rights/read-rights.ts";
import { refusalToPublish, refusalToRun } from "../rights/refusal.ts";
import { type LocationRow, locationsTable, namesTable } from "../tables.gen.ts";
import type { HeldName, Known, KnownExecution, MadeOutput, OpenTask } from "./plan-task.ts";

/** What reading needs. */
export type KnownReader = {
  readonly sql: Sql;
  readonly objects: Pick<ObjectStore, "heads" | "get">;
  /** Whether people share executions with everybody, or only those whose datasets they may read. */
  readonly settings: { readonly cache: "global" | "readable" };
};

/**
 * Executions of one key that are looked at, the newest first. More than one only helps when the contents of the newest are gone, and
 * thousands may come of tasks that run again and again.
 */
const executionsPerKey = 20;

/** Reads what planning these tasks needs to know, with one statement for each kind of row and one check of each object. */
export const readKnown = async (reader: KnownReader, tasks: readonly OpenTask[]): Promise<Known> => {
  const { sql, settings } = reader;
  const executions = await readExecutions(sql, tasks, settings.cache);
  const names = await readNames(sql, tasks, executions);
  const hashes = executions.flatMap(({ outputs }) => outputs.map(({ sha256 }) => sha256));
  const locations = await sql<LocationRow[]>`
    select * from scheduler.locations where sha256 = any(${[...new Set(hashes)]}::text[])`;
  const held = await findHeld(reader, locations, names);
  const misdescribed = await placesMisdescribed(reader, names);
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
        {
          ...name,
          sliceKey: sliceKey(name.slice),
          held:
            held.objects.has(datasetKey(name.dataset, name.path)) && !misdescribed.has(`${name.dataset}/${name.path}`),
        },
      ]),
    ),
    refusal: (task) => refusalToRun(rights(task.owner), task),
    refusalToPublish: (task) => refusalToPublish(rights(task.owner), task),
    mayUse: (owner, datasets) =>
      settings.cache === "global" || datasets.every((dataset) => rights(owner).may("read", "dataset", dataset)),
  };
};

type FoundExecution = Omit<KnownExecution, "outputs"> & {
  readonly outputs: readonly MadeOutput[];
};

/** Reads the executions of the tasks' keys. Where results are not shared with everybody, none of data that only had such a name before. */
const readExecutions = async (
  sql: Sql,
  tasks: readonly OpenTask[],
  cache: "global" | "readable",
): Promise<FoundExecution[]> => {
  const keys = [...new Set(tasks.map(({ key }) => key))];
  return sql<FoundExecution[]>`
    select execution.id, execution.key, execution.state, execution.reason, execution.datasets,
      coalesce(made.outputs, '[]') as outputs
    from unnest(${keys}::text[]) as wanted(key)
    cross join lateral (
      select * from scheduler.executions
      where executions.key = wanted.key and not cancel_requested and (
        state in ('queued', 'delayed', 'running', 'succeeded') or (state = 'failed' and exists (
          select from scheduler.attempts
          where attempts.execution = executions.id and attempts.outcome = 'bad-input')))
        and (${cache === "global"} or not exists (
          select from accounts.resources_v1 as resource
          where resource.kind = 'dataset' and resource.name = any(executions.datasets)
            and resource.begun_at > executions.created_at))
      order by created_at desc limit ${executionsPerKey}) as execution
    left join lateral (
      select jsonb_agg(jsonb_build_object('name', name, 'sha256', sha256, 'metadata', metadata)) as outputs
      from scheduler.outputs where outputs.execution = execution.id) as made on execution.state = 'succeeded'`;
};

type FoundName = {
  readonly slice: SliceRef;
  readonly dataset: string;
  readonly path: string;
  readonly derivative: string;
  readonly sha256: string;
  readonly key: string;
  readonly metadata: JsonObject | null;
};

/** Reads the names of tasks whose key has succeeded somewhere; of all others nothing can be in place. */
const readNames = async (
  sql: Sql,
  tasks: readonly OpenTask[],
  executions: readonly FoundExecution[],
): Promise<FoundName[]> => {
  const succeeded = Map.groupBy(
    executions.filter(({ state }) => state === "succeeded"),
    ({ key }) => key,
  );
  const wanted = tasks.flatMap(({ key, dataset, places }) => {
    const made = new Set((succeeded.get(key) ?? []).flatMap(({ outputs }) => outputs.map(({ name }) => name)));
    return [...made].flatMap((name) => {
      const place = places(name);
      return place === null ? [] : [{ dataset, path: place.path }];
    });
  });
  if (wanted.length === 0) return [];
  return sql<FoundName[]>`
    select name.dataset, name.path, name.derivative, name.sha256, derivative.key, derivative.metadata, derivative.slice
    from ${recordset(sql, columnsOf(namesTable, "dataset", "path"), wanted)} as wanted
    join scheduler.names as name using (dataset, path)
    join scheduler.derivatives as derivative on derivative.id = name.derivative and derivative.state = 'in-force'
    where name.intent is null`;
};

/** Keys of objects, and hashes of contents, that were found as they should be. */
type Held = { readonly objects: ReadonlySet<string>; readonly contents: ReadonlySet<string> };

/**
 * Finds out which contents still lie somewhere. Those at the tasks' own names are checked first: where they are as they should be, no
 * other location of the content needs a check, and each check costs a request to the store.
 */
const findHeld = async (
  reader: Pick<KnownReader, "sql" | "objects">,
  locations: readonly LocationRow[],
  names: readonly FoundName[],
): Promise<Held> => {
  const own = new Set(names.map(({ dataset, path }) => datasetKey(dataset, path)));
  const objects = new Set<string>();
  const contents = new Set<string>();
  const visit = async (batch: readonly LocationRow[]): Promise<void> => {
    const checks = await checkLocations(reader.objects, batch);
    for (const { object, sha256 } of batch) {
      if (checks.get(object)?.held !== true) continue;
      objects.add(object);
      contents.add(sha256);
    }
    await writeChecks(reader.sql, [...checks.values()]);
  };
  await visit(locations.filter(({ object }) => own.has(object)));
  const elsewhere = Map.groupBy(
    locations.filter(({ object, sha256 }) => !own.has(object) && !contents.has(sha256)),
    ({ sha256 }) => sha256,
  );
  // One location of each content first; the others only where that one failed.
  for (let turn = 0; elsewhere.size > 0; turn++) {
    const batch = [...elsewhere.values()].flatMap((group) => group.slice(turn, turn + 1));
    if (batch.length === 0) break;
    await visit(batch);
    for (const sha256 of elsewhere.keys()) if (contents.has(sha256)) elsewhere.delete(sha256);
  }
  return { objects, contents };
};

/**
 * Deletes locations that no longer hold their content, and remembers the new time of change of those that still do. A publication may have put
 * another content there since the check, whose location stays.
 */
export const writeChecks = async (sql: Sql, checks: readonly LocationCheck[]): Promise<void> => {
  const gone = checks.filter(({ held }) => !held);
  const touched = checks.filter(({ modified }) => modified !== null);
  if (gone.length > 0)
    await sql`
      delete from scheduler.locations as location
      using ${recordset(sql, columnsOf(locationsTable, "object", "sha256"), gone)} as gone
      where location.object = gone.object and location.sha256 = gone.sha256`;
  if (touched.length === 0) return;
  await sql`
    update scheduler.locations as location set modified = touched.modified
    from ${recordset(sql, columnsOf(locationsTable, "object", "sha256", "modified"), touched)} as touched
    where location.object = touched.object and location.sha256 = touched.sha256`;
};
