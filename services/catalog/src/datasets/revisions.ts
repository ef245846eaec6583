import type { Transaction } from "@rollerblade/database";

/** So many new revisions, rising. A number that was drawn by a transaction that failed is simply never used. */
export const newRevisions = async (tx: Transaction, count: number): Promise<number[]> => {
  if (count === 0) return [];
  const rows = await tx<{ revision: number }[]>`
    select nextval('catalog.revisions') as revision from generate_series(1, ${count})`;
  return rows.map(({ revision }) => revision).sort((a, b) => a - b);
};
