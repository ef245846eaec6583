import type { JsonObject } from "@rollerblade/abids";
import { insertRecords, type Transaction } from "@rollerblade/database";
import { derivedDatasetsTable } from "../tables.gen.ts";
import { pipelineNames } from "./pipeline-names.ts";

/** Brings what is known of a derived dataset's source and pipelines to its present description. The dataset must be locked. */
export const rememberPipelines = async (tx: Transaction, dataset: string): Promise<void> => {
  const [row] = await tx<{ source: string | null; description: JsonObject }[]>`
    select source, description from catalog.datasets where name = ${dataset}`;
  await tx`delete from catalog.derived_datasets where dataset = ${dataset}`;
  if (row === undefined || row.source === null) return;
  const { source } = row;
  const rows = pipelineNames(row.description).map(({ pipeline, version }) => ({ source, dataset, pipeline, version }));
  await insertRecords(tx, derivedDatasetsTable, rows);
};

/** Forgets what a deleted dataset was derived from, and what was derived from it. */
export const forgetDerived = async (tx: Transaction, dataset: string): Promise<void> => {
  await tx`delete from catalog.derived_datasets where dataset = ${dataset} or source = ${dataset}`;
  await tx`update catalog.datasets set source = null where source = ${dataset}`;
};
