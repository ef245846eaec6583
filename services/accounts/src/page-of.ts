/** Cuts one row more than asked for into a page and the place where the next one begins. */
export const pageOf = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => string,
  itemOf: (row: Row) => Item,
): { items: Item[]; next: string | null } => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(itemOf), next: rows.length > limit && last !== undefined ? placeOf(last) : null };
};
