import { lockInTransaction, type Transaction } from "@rollerblade/database";

/** Versions of an asset are created and deleted one after the other, since they share their contents. */
export const lockAsset = (tx: Transaction, name: string): Promise<void> =>
  lockInTransaction(tx, `scheduler asset ${name}`);
