import type { SliceFacts } from "@rollerblade/abids/facts";
import type { Sql } from "@rollerblade/database";

/** Adds to each slice which of its derivatives are outdated: made from something that has changed since. */
export const withOutdated = async <Slice extends SliceFacts>(
  sql: Sql,
  slices: readonly Slice[],
): Promise<(Slice & { readonly outdated: string[] })[]> => {
  const ids = [...new Set(slices.flatMap(({ derivatives }) => derivatives.map(({ id }) => id)))];
  const rows =
    ids.length === 0
      ? []
      : await sql<{ id: string }[]>`select id from catalog.derivatives where id = any(${ids}::uuid[]) and outdated`;
  const outdated = new Set(rows.map(({ id }) => id));
  return slices.map((slice) => ({
    ...slice,
    outdated: slice.derivatives.flatMap(({ id }) => (outdated.has(id) ? [id] : [])),
  }));
};
