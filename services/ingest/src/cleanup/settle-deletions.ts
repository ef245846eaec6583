import type { Sql } from "@rollerblade/database";
import { type KnownDeletion, readDeletions, requireFinished } from "./deletions.ts";
import { forgetDeleted } from "./forget.ts";
import { loseRefused } from "./lost-files.ts";

/**
 * Forgets what the catalog has deleted of a dataset by now or has refused, so that nothing is taken for unchanged that
 * is gone or that nobody can find, and ends imports from before a deletion. To be called before files are compared with what the dataset has.
 */
export const settleDeletions = async (sql: Sql, dataset: string): Promise<readonly KnownDeletion[]> => {
  const deletions = await readDeletions(sql, dataset);
  await forgetDeleted(sql, dataset, deletions);
  await loseRefused(sql, dataset);
  return deletions;
};

/** The same for a new import. @throws Problem `conflict` while the whole dataset is being deleted */
export const requireSettled = async (sql: Sql, dataset: string): Promise<void> => {
  requireFinished(await settleDeletions(sql, dataset), dataset);
};
