import type { Fragment, Queryable } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import {
  isWithinLimits,
  type Principal,
  type ReadGrants,
  readGrants,
  requireWithinLimits,
  visible,
} from "@rollerblade/service-kit";
import type { Ingest } from "../ingest.ts";
import { findImport, type ImportRow } from "./import-rows.ts";

/**
 * Lets pass who may add to what has the name; one that nobody has, or whose dataset is deleted, is free to try. Whether anything lies under a
 * name that somebody else has makes no difference. @throws Problem `not-found`, `forbidden` where the token makes nothing new
 */
export const requireContributor = async (ingest: Ingest, principal: Principal, dataset: string): Promise<void> => {
  const resource = { kind: "dataset", name: dataset } as const;
  requireWithinLimits(principal, resource);
  if ((await ingest.identify(resource)) !== null) await ingest.authorize(principal, "contribute", resource);
};

/** The import of somebody who may go on with it: who began it and still may. @throws Problem `not-found` */
export const ownImport = async (ingest: Ingest, principal: Principal, id: string): Promise<ImportRow> => {
  const row = await findImport(ingest.sql, id);
  const isOutside = !isWithinLimits(principal, { kind: "dataset", name: row.dataset });
  if ((row.uploader !== principal.name && !principal.admin) || isOutside) throw hidden(id);
  await requireContributor(ingest, principal, row.dataset);
  return row;
};

/** An import that somebody may see: their own, or one of a dataset that they may read. @throws Problem `not-found` */
export const visibleImport = async (ingest: Ingest, principal: Principal, id: string): Promise<ImportRow> => {
  const row = await findImport(ingest.sql, id);
  const grants = await readGrants(ingest.sql, principal);
  const seen = await ingest.sql`
    select from ingest.imports as import where id = ${row.id} and ${visibleImports(ingest.sql, grants)}`;
  if (seen.length > 0) return row;
  throw hidden(id);
};

/**
 * The condition that somebody may see an `import`. One that was committed belongs to what had the name at that moment; of a name that
 * was freed meanwhile an open import was ended.
 */
export const visibleImports = (sql: Queryable, grants: ReadGrants): Fragment =>
  visible(sql, grants, {
    owner: sql`import.uploader`,
    datasets: sql`array[import.dataset]`,
    at: sql`case when import.state = 'committed' then import.finished_at else import.created_at end`,
  });

/** Refuses to add to an import that was committed, cancelled or taken over. @throws Problem `conflict` */
export const requireOpen = (row: ImportRow): void => {
  if (row.state === "open") return;
  const taken = row.state === "superseded" ? "taken over by a newer one of yours" : row.state;
  throw new Problem({
    code: "conflict",
    message: `The import was ${taken}.`,
    subject: row.dataset,
    next: "Import again.",
  });
};

const hidden = (id: string): Problem =>
  new Problem({ code: "not-found", message: `There is no import ${id}.`, subject: id, next: "Start a new one." });
