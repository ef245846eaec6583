import type { Sql } from "@rollerblade/database";
import { findAnalyses, requireAnalysis } from "../analyses/known-analyses.ts";
import { namesOfAssets } from "../assets/used-assets.ts";
import type { TaskRow } from "../tables.gen.ts";
import { placesIn } from "./places.ts";
import type { OpenTask } from "./plan-task.ts";

/** An open task with what a new execution of it would need: `cpu` in cores, `memory` in bytes. */
export type TaskToPlan = OpenTask &
  Pick<TaskRow, "run" | "rank" | "version" | "execution" | "sequence"> & {
    readonly cpu: number;
    readonly memory: number;
  };

type FoundTask = Omit<TaskToPlan, "sources" | "assets" | "places" | "cpu" | "memory"> & {
  /** What somebody asked for beyond the manifest. */
  readonly memory: number | null;
  readonly parametersHash: string;
  readonly sourceDatasets: string[];
  readonly entities: Record<string, string>;
  readonly datatype: string | null;
};

/** Reads open tasks in the order of their sequences, from behind `after`. */
export const readOpenTasks = async (sql: Sql, after: number, limit: number): Promise<TaskToPlan[]> => {
  const rows = await sql<FoundTask[]>`
    select task.id, task.run, task.key, task.owner, task.analysis, task.version, task.dataset, task.slice_key, task.rank,
      task.parameters_hash, task.execution, task.sequence, task.memory, coalesce(run.force, false) as force,
      array(select distinct split_part(source, '/', 1) from unnest(task.sources) as source) as source_datasets,
      task.requested -> 'entities' as entities, task.requested ->> 'datatype' as datatype
    from scheduler.tasks as task left join scheduler.runs as run on run.id = task.run
    where task.state = 'open' and task.sequence > ${after} order by task.sequence limit ${limit}`;
  const analyses = await findAnalyses(sql, sql, rows);
  return rows.map(({ sourceDatasets, entities, datatype, parametersHash, memory: asked, ...task }) => {
    const { manifest } = requireAnalysis(analyses, task.analysis, task.version);
    const places = placesIn(manifest, { entities, datatype }, parametersHash);
    const { cpu, memory } = manifest.resources;
    const assets = namesOfAssets(manifest);
    return { ...task, sources: sourceDatasets, assets, places, cpu, memory: Math.max(memory, asked ?? 0) };
  });
};
