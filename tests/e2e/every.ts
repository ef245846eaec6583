/** All items of a paged list. */
export const every = async <Item>(
  page: (after: string | undefined) => Promise<{ items: readonly Item[]; next: string | null }>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const found = await page(after);
    items.push(...found.items);
    after = found.next ?? undefined;
  } while (after !== undefined);
  return items;
};
