import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@rollerblade/abids";
import type { MetadataKey } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";

/** A sidecar of a scan with what it says, in the order in which they are merged. */
export type Sidecar = { readonly path: string; readonly content: JsonObject };

/** The sidecars of a scan, from the top of the dataset downwards; null where there is no such scan. */
export const readSidecars = async (sql: Sql, dataset: string, path: string): Promise<Sidecar[] | null> => {
  const [scan] = await sql<{ sidecars: Sidecar[] }[]>`
    select coalesce((
      select jsonb_agg(jsonb_build_object('path', file.path, 'content', coalesce(file.content, '{}')) order by named.place)
      from unnest(scan.sidecars) with ordinality as named (path, place)
      join catalog.files file on file.dataset = scan.dataset and file.path = named.path), '[]') as sidecars
    from catalog.scans scan where scan.dataset = ${dataset} and scan.path = ${path}`;
  return scan?.sidecars ?? null;
};

/**
 * Where each key of merged metadata comes from: the last sidecar that has it, since what is nearer to the scan counts (BIDS, The Inheritance
 * Principle). Sidecars above that say something else are named.
 * @param metadata as it was merged @param sidecars from the top downwards
 */
export const originsOf = (sidecars: readonly Sidecar[]): MetadataKey[] => {
  const keys = new Set(sidecars.flatMap(({ content }) => Object.keys(content)));
  return [...keys].toSorted().flatMap((key) => {
    const having = sidecars.filter(({ content }) => Object.hasOwn(content, key)).toReversed();
    const [nearest, ...above] = having;
    if (nearest === undefined) return [];
    const value = nearest.content[key] ?? null;
    const overridden = above.filter(({ content }) => !isDeepStrictEqual(content[key], value)).map(({ path }) => path);
    return [{ key, value, file: nearest.path, overridden }];
  });
};
