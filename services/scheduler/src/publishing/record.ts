import { derivativeFolder, type Manifest, sourcesOf } from "@rollerblade/analysis";
import { type Transaction, transaction } from "@rollerblade/database";
import type { AnyEmission, Cause } from "@rollerblade/events";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { type Batcher, createBatcher } from "../batcher.ts";
import { wakeAll } from "../notifications.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import type { Publication } from "./claim-publications.ts";
import { derivativeCreated, type NewDerivative } from "./derivative-created.ts";
import { closeIntents } from "./names.ts";
import { archiveKey, type PutFile } from "./put-files.ts";

/** Files of a task that lie at their places. */
export type PutTask = { readonly task: Publication; readonly put: readonly PutFile[]; readonly cause: Cause };

/** Whether it was written down; `undo` when what it is made from was withdrawn meanwhile. */
export type Recorded = "recorded" | "undo" | "not-ours";

/** Writes down what was published; tasks of one moment share a transaction. */
export type Record = Batcher<PutTask, Recorded>;

/** Most tasks of one transaction. */
const most = 200;
/** Milliseconds that a transaction waits for more under load. */
const linger = 50;

/** The way in which this replica writes down what it has published. */
export const createRecord = (scheduler: Scheduler): Record =>
  createBatcher({ most, linger }, async (tasks) => {
    const analyses = await findAnalyses(
      scheduler.sql,
      scheduler.sql,
      tasks.map(({ task }) => task),
    );
    const manifestOf = ({ analysis, version }: Publication): { manifest: Manifest; code: string } => {
      const found = analyses.get(versionKey(analysis, version));
      if (found === undefined) throw new Error(`There is no ${analysis} ${version}.`);
      return found;
    };
    const rows = new Map(tasks.map((one) => [one.task.id, derivativesOf(one, manifestOf(one.task))]));
    return transaction(scheduler.sql, (tx) => recordAll(scheduler, tx, tasks, rows));
  });

const recordAll = async (
  scheduler: Scheduler,
  tx: Transaction,
  tasks: readonly PutTask[],
  rows: ReadonlyMap<string, readonly NewDerivative[]>,
): Promise<Recorded[]> => {
  const states = await lockIntents(scheduler, tx, tasks);
  const ours = tasks.filter(({ task }) => states.get(task.id) === "recorded");
  const made = ours.flatMap(({ task }) => rows.get(task.id) ?? []);
  if (ours.length > 0) {
    const done = ours.map(({ task }) => task.id);
    // None of these reads what another one writes, so they travel together.
    await Promise.all([
      insertDerivatives(tx, made),
      takeNames(tx, made),
      keepLocations(tx, ours),
      touchFolders(tx, made),
      closeIntents(tx, done),
      announce(scheduler, tx, ours, rows),
      wakeAll(tx, "sweep", "folders"),
    ]);
  }
  return tasks.map(({ task }) => states.get(task.id) ?? "not-ours");
};

/** A withdrawal that comes now waits for us, and then removes what we have recorded. */
const lockIntents = async (
  { replica }: Scheduler,
  tx: Transaction,
  tasks: readonly PutTask[],
): Promise<ReadonlyMap<string, Recorded>> => {
  const rows = await tx<{ id: string; stopped: boolean }[]>`
    select task.id, intent.stopped from scheduler.intents as intent
    join scheduler.tasks as task on task.id = intent.task
    where intent.task = any(${tasks.map(({ task }) => task.id)}::uuid[])
      and task.state = 'publishing' and task.lease_owner = ${replica}
    order by task.id for update`;
  return new Map(rows.map(({ id, stopped }) => [id, stopped ? "undo" : "recorded"]));
};

const derivativesOf = (
  { task, put }: PutTask,
  { manifest, code }: { manifest: Manifest; code: string },
): NewDerivative[] =>
  put.map(({ file }) => ({
    id: file.derivative,
    dataset: task.dataset,
    path: file.name.path,
    folder: derivativeFolder(manifest, task.parametersHash).slice("derivatives/".length),
    sidecar: file.name.sidecar,
    analysis: task.analysis,
    version: task.version,
    parametersHash: task.parametersHash,
    output: file.output,
    key: task.key,
    execution: task.execution ?? "",
    task: task.id,
    slice: task.slice,
    entities: file.name.entities,
    datatype: file.name.datatype,
    suffix: file.name.suffix,
    extension: file.name.extension,
    size: file.size,
    sha256: file.sha256,
    sources: task.requested === null ? [] : sourcesOf(task.requested),
    parameters: task.parameters,
    code,
    sequence: task.sequence,
    inForce: file.takesName,
  }));

const insertDerivatives = (tx: Transaction, rows: readonly NewDerivative[]): PromiseLike<unknown> => tx`
  insert into scheduler.derivatives (
    id, dataset, path, folder, sidecar, analysis, version, parameters_hash, output, key, execution, task, slice, entities,
    datatype, suffix, extension, size, sha256, sources, parameters, code, sequence, state)
  select id, dataset, path, folder, sidecar, analysis, version, "parametersHash", output, key, execution, task, slice, entities,
    datatype, suffix, extension, size, sha256, sources, parameters, code, sequence,
    case when "inForce" then 'in-force' else 'archived' end
  from jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as row(
    id uuid, dataset text, path text, folder text, sidecar text, analysis text, version text, "parametersHash" text,
    output text, key text, execution uuid, task uuid, slice jsonb, entities jsonb, datatype text, suffix text, extension text,
    size bigint, sha256 text, sources jsonb, parameters jsonb, code text, sequence bigint, "inForce" boolean)`;

/** What held the names before is in the archive now. */
const takeNames = async (tx: Transaction, rows: readonly NewDerivative[]): Promise<void> => {
  const taken = rows.filter(({ inForce }) => inForce);
  if (taken.length === 0) return;
  await tx`
    with row as (
      select * from jsonb_to_recordset(${asRecords(taken)}::text::jsonb)
        as row(id uuid, dataset text, path text, sha256 text, sequence bigint)),
    older as (
      update scheduler.derivatives as older set state = 'archived'
      from row join scheduler.names as name on name.dataset = row.dataset and name.path = row.path
      where older.id = name.derivative and older.state = 'in-force')
    update scheduler.names as name
    set derivative = row.id, sha256 = row.sha256, sequence = greatest(name.sequence, row.sequence)
    from row where name.dataset = row.dataset and name.path = row.path`;
};

const keepLocations = async (tx: Transaction, tasks: readonly PutTask[]): Promise<void> => {
  const published = tasks.flatMap(({ task, put }) =>
    put.map(({ file, object, modified }) => ({
      object,
      modified,
      sha256: file.sha256,
      size: file.size,
      kind: file.takesName ? "published" : "archived",
      dataset: task.dataset,
    })),
  );
  const archived = tasks.flatMap(({ task, put }) =>
    put.flatMap(({ file: { predecessor } }) =>
      predecessor === null
        ? []
        : [
            {
              derivative: predecessor.derivative,
              object: archiveKey(task.dataset, predecessor.sha256),
              dataset: task.dataset,
            },
          ],
    ),
  );
  await tx`
    insert into scheduler.locations (object, sha256, size, kind, dataset, modified)
    select distinct on (object) object, sha256, size, kind, dataset, modified from (
      select object, sha256, size, kind, dataset, modified
      from jsonb_to_recordset(${asRecords(published)}::text::jsonb)
        as row(object text, sha256 text, size bigint, kind text, dataset text, modified bigint)
      union all
      select row.object, older.sha256, older.size, 'archived', row.dataset, null
      from jsonb_to_recordset(${asRecords(archived)}::text::jsonb) as row(derivative uuid, object text, dataset text)
      join scheduler.derivatives as older on older.id = row.derivative) as place
    order by object
    on conflict (object) do update
    set sha256 = excluded.sha256, size = excluded.size, kind = excluded.kind, modified = excluded.modified`;
};

const touchFolders = async (tx: Transaction, rows: readonly NewDerivative[]): Promise<void> => {
  await tx`
    insert into scheduler.folders (dataset, folder, analysis, version, parameters_hash, changed)
    select distinct on (dataset, folder) dataset, folder, analysis, version, "parametersHash", 1
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb)
      as row(dataset text, folder text, analysis text, version text, "parametersHash" text)
    order by dataset, folder
    on conflict (dataset, folder) do update set changed = folders.changed + 1`;
};

const announce = async (
  scheduler: Scheduler,
  tx: Transaction,
  tasks: readonly PutTask[],
  rows: ReadonlyMap<string, readonly NewDerivative[]>,
): Promise<void> => {
  const emissions: AnyEmission[] = tasks.flatMap(({ task, cause }) =>
    (rows.get(task.id) ?? []).map((row) => ({
      topic: "derivative.created" as const,
      message: derivativeCreated(row, task.document === null ? null : task.decision),
      cause,
    })),
  );
  await finishTasks(
    scheduler,
    tx,
    tasks.map(({ task, put, cause }) => ({
      task: task.id,
      outcome: task.reuse ? "cached" : "ran",
      reason: "",
      derivatives: put.map(({ file }) => file.derivative),
      cause,
    })),
    emissions,
  );
};
