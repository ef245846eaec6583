import { ingestRoutes } from "@rollerblade/client";
import { implement, readGrants } from "@rollerblade/service-kit";
import { type ImportRow, statusOf } from "../imports/import-rows.ts";
import { visibleImports } from "../imports/may-import.ts";
import type { Ingest } from "../ingest.ts";

/** Serves the list of imports: one's own, and those of datasets that one may read; the newest first. */
export const serveImportList = (ingest: Ingest): void => {
  const { sql } = ingest;
  implement(ingest, ingestRoutes.listImports, async ({ query, principal }) => {
    const grants = await readGrants(sql, principal);
    const rows = await sql<ImportRow[]>`
      select * from ingest.imports as import
      where ${visibleImports(sql, grants)}
        and ${query.dataset === undefined ? sql`true` : sql`dataset = ${query.dataset}`}
        and ${query.after === undefined ? sql`true` : sql`id < ${query.after}`}
      order by id desc limit ${query.limit + 1}`;
    const items = rows.slice(0, query.limit).map((row) => statusOf(row, principal));
    return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null };
  });
};
