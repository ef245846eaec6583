import { lockInTransaction, type Transaction } from "@rollerblade/database";

/**
 * One transaction at a time changes a dataset: a scan and the sidecar that speaks of it would otherwise miss each other when two
 * replicas handle them at once. Several are always taken in the same order.
 */
export const lockDatasets = async (tx: Transaction, datasets: Iterable<string>): Promise<void> => {
  for (const dataset of [...new Set(datasets)].sort()) await lockInTransaction(tx, `catalog/dataset/${dataset}`);
};
