import type { RunInput } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { findAnalyses, requireAnalysis } from "../analyses/known-analyses.ts";
import type { DerivativeRow, RunRow } from "../tables.gen.ts";

/**
 * Reads which versions of other analyses a run builds on, and with which parameters: what a person's run was locked to, and what the
 * slices of a rule's run were given.
 */
export const inputsOfRun = async (sql: Sql, run: RunRow): Promise<RunInput[]> => {
  if (run.rule === null)
    return run.locks.map(({ input = "", analysis, version, parameters = {} }) => ({
      input,
      analysis,
      version,
      parameters,
    }));
  const found = await findAnalyses(sql, sql, [run]);
  const { manifest } = requireAnalysis(found, run.analysis, run.version);
  const taken = await sql<Pick<DerivativeRow, "analysis" | "version" | "parameters">[]>`
    with used as (
      select distinct split_part(source, '/', 1) as dataset, split_part(source, '/', 3) as folder
      from scheduler.tasks, unnest(sources) as source
      where run = ${run.id} and split_part(source, '/', 2) = 'derivatives')
    select distinct on (made.analysis, made.version, made.parameters_hash) made.analysis, made.version, made.parameters
    from used cross join lateral (
      select analysis, version, parameters, parameters_hash from scheduler.derivatives
      where derivatives.dataset = used.dataset and derivatives.folder = used.folder limit 1) as made
    order by made.analysis, made.version, made.parameters_hash`;
  return taken.flatMap(({ analysis, version, parameters }) =>
    manifest.inputs.flatMap((input) =>
      input.kind === "derivative" && input.analysis === analysis
        ? [{ input: input.name, analysis, version, parameters }]
        : [],
    ),
  );
};
