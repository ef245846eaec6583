import { publishedName } from "@rollerblade/analysis";
import type { Sql } from "@rollerblade/database";
import { findAnalyses, requireAnalysis } from "../analyses/known-analyses.ts";
import type { TaskRow } from "../tables.gen.ts";
import type { OpenTask } from "./plan-task.ts";

/** An open task with what a new execution of it would need: `cpu` in cores, `memory` in bytes. */
export type TaskToPlan = OpenTask &
  Pick<TaskRow, "run" | "rank" | "version" | "execution" | "sequence"> & {
    readonly cpu: number;
    readonly memory: number;
  };

type FoundTask = Omit<TaskToPlan, "sources" | "paths" | "cpu" | "memory"> & {
  readonly parametersHash: string;
  readonly sourceDatasets: string[];
  readonly entities: Record<string, string>;
  readonly datatype: string | null;
};

/** Reads open tasks in the order of their sequences, from behind `after`. */
export const readOpenTasks = async (sql: Sql, after: number, limit: number): Promise<TaskToPlan[]> => {
  const rows = await sql<FoundTask[]>`
    select id, run, key, owner, analysis, version, dataset, rank, parameters_hash, execution, sequence,
      array(select distinct split_part(source, '/', 1) from unnest(sources) as source) as source_datasets,
      requested -> 'entities' as entities, requested ->> 'datatype' as datatype
    from scheduler.tasks where state = 'open' and sequence > ${after} order by sequence limit ${limit}`;
  const analyses = await findAnalyses(sql, sql, rows);
  return rows.map(({ sourceDatasets, entities, datatype, parametersHash, ...task }) => {
    const { manifest } = requireAnalysis(analyses, task.analysis, task.version);
    const paths = manifest.outputs.map((output) => [
      output.name,
      publishedName(manifest, output, { entities, datatype }, parametersHash).path,
    ]);
    const { cpu, memory } = manifest.resources;
    return { ...task, sources: sourceDatasets, paths: Object.fromEntries(paths), cpu, memory };
  });
};
