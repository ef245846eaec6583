import { columnsOf, insertRecords, recordset, type Transaction, together } from "@rollerblade/database";
import { derivativesTable, foldersTable } from "../tables.gen.ts";
import type { NewDerivative } from "./new-derivative.ts";

/** Inserts derivatives, gives them their names, and marks their folders as changed. */
export const storeDerivatives = async (tx: Transaction, derivatives: readonly NewDerivative[]): Promise<void> => {
  // None of these reads what another one writes, so they travel to the server together.
  await together([
    insertRecords(tx, derivativesTable, derivatives),
    takeNames(
      tx,
      derivatives.filter(({ state }) => state === "in-force"),
    ),
    markFolders(tx, derivatives),
  ]);
};

/** Makes names hold new derivatives. What held them before has been copied to the archive already, and is marked as archived. */
const takeNames = async (tx: Transaction, derivatives: readonly NewDerivative[]): Promise<void> => {
  if (derivatives.length === 0) return;
  const columns = columnsOf(derivativesTable, "id", "dataset", "path", "sha256", "sequence");
  await tx`
    with newer as (select * from ${recordset(tx, columns, derivatives)} as record),
    replaced as (
      update scheduler.derivatives as older set state = 'archived'
      from newer join scheduler.names as name on name.dataset = newer.dataset and name.path = newer.path
      where older.id = name.derivative and older.state = 'in-force')
    update scheduler.names as name
    set derivative = newer.id, sha256 = newer.sha256, sequence = greatest(name.sequence, newer.sequence)
    from newer where name.dataset = newer.dataset and name.path = newer.path`;
};

/** Raises the counters of folders, so that the loop `folders` writes their descriptions and provenance anew. */
const markFolders = async (tx: Transaction, derivatives: readonly NewDerivative[]): Promise<void> => {
  const folders = new Map(
    derivatives.map(({ dataset, folder, analysis, version, parametersHash }) => [
      `${dataset}/${folder}`,
      { dataset, folder, analysis, version, parametersHash, changed: 1 },
    ]),
  );
  // In one order for everybody: two transactions that mark the same folders wait for each other and never deadlock.
  const ordered = [...folders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, folder]) => folder);
  await insertRecords(tx, foldersTable, ordered, {
    onConflict: tx`on conflict (dataset, folder) do update set changed = folders.changed + 1`,
  });
};
