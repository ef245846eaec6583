/** One page of a list, and where the next one begins. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** All items of a paged list, page after page, as they are asked for. */
export const pageThrough = async function* <T>(
  read: (after: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let after: string | undefined;
  for (;;) {
    const { items, next } = await read(after);
    yield* items;
    if (next === null) return;
    after = next;
  }
};

/** All of them at once, or the first `limit`. */
export const readAll = async <T>(
  read: (after: string | undefined) => Promise<Page<T>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of pageThrough(read)) {
    if (all.length >= limit) break;
    all.push(item);
  }
  return all;
};
