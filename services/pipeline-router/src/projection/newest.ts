/** Of items with one key, the one with the highest revision (of equal ones the last); in the order of the keys, so that two writers lock alike. */
export const newestByKey = <T extends { readonly revision: number }>(
  items: readonly T[],
  keyOf: (item: T) => string,
): T[] => {
  const newest = new Map<string, T>();
  for (const item of items) {
    const known = newest.get(keyOf(item));
    if (known === undefined || known.revision <= item.revision) newest.set(keyOf(item), item);
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
};
