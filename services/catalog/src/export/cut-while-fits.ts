import type { DownloadFile } from "@rollerblade/client";
import type { Place } from "./part.ts";

/** Bytes of text in one page, after which it ends. */
const maxText = 8 * 2 ** 20;

/** Hands tables out until their text is enough for one page; `rest` is where the next one begins, null when all are in it. */
export const cutWhileFits = async <T extends { readonly dataset: string; readonly path: string }>(
  tables: readonly T[],
  cut: (table: T) => Promise<DownloadFile | null>,
): Promise<{ items: DownloadFile[]; rest: Place | null }> => {
  const items: DownloadFile[] = [];
  let bytes = 0;
  for (const table of tables) {
    const file = await cut(table);
    if (file !== null) items.push(file);
    bytes += file?.content?.length ?? 0;
    if (bytes > maxText && table !== tables.at(-1)) return { items, rest: [table.dataset, table.path] };
  }
  return { items, rest: null };
};
