import { archiveKey } from "@rollerblade/abids/bucket-layout";
import { insertRecords, type Transaction } from "@rollerblade/database";
import { type LocationRow, locationsTable } from "../tables.gen.ts";
import type { PutFile } from "./put-files.ts";

/** Files that lie at their places now, with the dataset that they belong to. */
export type PutFiles = { readonly dataset: string; readonly put: readonly PutFile[] };

/**
 * Remembers where contents lie after publications: each output at its name or in the archive, and what the names held before in the
 * archive. The time of change of a copy in the archive is unknown here; the first check of it reads the object once.
 */
export const storeLocations = async (tx: Transaction, published: readonly PutFiles[]): Promise<void> => {
  const predecessors = published.flatMap(({ put }) =>
    put.flatMap(({ file: { predecessor } }) => (predecessor === null ? [] : [predecessor.derivative])),
  );
  const sizes = await readSizes(tx, predecessors);
  const locations = new Map<string, LocationRow>();
  for (const { dataset, put } of published) {
    for (const { file, object, modified } of put) {
      const kind = file.takesName ? "published" : "archived";
      locations.set(object, { object, sha256: file.sha256, size: file.size, kind, dataset, modified });
      const size = file.predecessor === null ? undefined : sizes.get(file.predecessor.derivative);
      if (file.predecessor === null || size === undefined) continue;
      const { sha256 } = file.predecessor;
      const archived = archiveKey(dataset, sha256);
      if (!locations.has(archived))
        locations.set(archived, { object: archived, sha256, size, kind: "archived", dataset, modified: null });
    }
  }
  // In one order for everybody, so that two transactions that store the same locations never deadlock.
  const ordered = [...locations.values()].sort((a, b) => (a.object < b.object ? -1 : 1));
  await insertRecords(tx, locationsTable, ordered, {
    onConflict: tx`
      on conflict (object) do update
      set sha256 = excluded.sha256, size = excluded.size, kind = excluded.kind, modified = excluded.modified`,
  });
};

const readSizes = async (tx: Transaction, derivatives: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  if (derivatives.length === 0) return new Map();
  const rows = await tx<{ id: string; size: number }[]>`
    select id, size from scheduler.derivatives where id = any(${[...derivatives]}::uuid[])`;
  return new Map(rows.map(({ id, size }) => [id, size]));
};
