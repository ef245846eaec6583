import { publishedName } from "@rollerblade/analysis";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Task } from "../tasks/task-row.ts";
import type { OpenTask } from "./plan-task.ts";

/** An open task with what a new execution of it would need. */
export type TaskToPlan = OpenTask &
  Pick<Task, "run" | "rank" | "version" | "execution" | "sequence"> & { readonly cpu: number; readonly memory: number };

type Row = Pick<
  Task,
  | "id"
  | "run"
  | "key"
  | "owner"
  | "analysis"
  | "version"
  | "dataset"
  | "rank"
  | "parametersHash"
  | "execution"
  | "sequence"
> & {
  readonly sourceDatasets: string[];
  readonly entities: Record<string, string>;
  readonly datatype: string | null;
};

/** The open tasks that were decided first, of those after a sequence. */
export const readOpenTasks = async ({ sql }: Scheduler, after: number, limit: number): Promise<TaskToPlan[]> => {
  const rows = await sql<Row[]>`
    select id, run, key, owner, analysis, version, dataset, rank, parameters_hash, execution, sequence,
      array(select distinct split_part(source, '/', 1) from unnest(sources) as source) as source_datasets,
      requested -> 'entities' as entities, requested ->> 'datatype' as datatype
    from scheduler.tasks where state = 'open' and sequence > ${after} order by sequence limit ${limit}`;
  const analyses = await findAnalyses(sql, sql, rows);
  return rows.map(({ sourceDatasets, entities, datatype, parametersHash, ...task }) => {
    const analysis = analyses.get(versionKey(task.analysis, task.version));
    if (analysis === undefined) throw new Error(`There is no ${task.analysis} ${task.version}.`);
    const { manifest } = analysis;
    const paths = manifest.outputs.map((output) => [
      output.name,
      publishedName(manifest, output, { entities, datatype }, parametersHash).path,
    ]);
    const { cpu, memory } = manifest.resources;
    return { ...task, sources: sourceDatasets, paths: Object.fromEntries(paths), cpu, memory };
  });
};
