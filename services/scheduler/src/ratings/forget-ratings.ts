import { recordset, type Transaction } from "@rollerblade/database";
import { tombstonesTable } from "../tables.gen.ts";
import { type Tombstone, tombstoneRow } from "../tasks/tombstones.ts";

/** Deletes the ratings of images that were withdrawn; their derivatives go as all go that are made from them. */
export const forgetRatings = async (tx: Transaction, tombstones: readonly Tombstone[]): Promise<void> => {
  await tx`
    delete from scheduler.ratings as rating
    using ${recordset(tx, tombstonesTable.columns, tombstones.map(tombstoneRow))} as tombstone
    where rating.dataset = tombstone.dataset and rating.rated_at < tombstone.at
      and (tombstone.subject = '' or tombstone.subject = rating.subject)
      and (tombstone.path = '' or tombstone.path = rating.path)`;
};
