import { ingestRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { beginImport, findImport, type ImportRow, moveImport, statusOf } from "./import-rows.ts";
import type { Ingest } from "./ingest.ts";
import { dropStaged } from "./leftovers.ts";
import { addManifest, countManifest, missingContents } from "./manifest-rows.ts";
import { ownImport, requireContributor, requireOpen, visibleImport } from "./may-import.ts";
import type { Publisher } from "./publisher.ts";

/** Serves imports of whole datasets: begin, manifest, commit, state. */
export const serveImports = (ingest: Ingest, publisher: Publisher): void => {
  implement(ingest, ingestRoutes.beginImport, async ({ body, principal }) => {
    await requireContributor(ingest, principal, body.dataset);
    return statusOf(await beginImport(ingest, body.dataset, principal.name, "mirror"));
  });

  implement(ingest, ingestRoutes.addManifest, async ({ params, body, principal }) => {
    const row = await ownImport(ingest, principal, params.import);
    requireOpen(row);
    await addManifest(ingest.sql, row.id, body.files);
    await ingest.sql`update ingest.imports set updated_at = now() where id = ${row.id}`;
    const paths = body.files.map(({ path }) => path);
    return { missing: [...(await missingContents(ingest.sql, row.id, row.dataset, paths))] };
  });

  implement(ingest, ingestRoutes.commitImport, async ({ params, body, principal }) => {
    const row = await ownImport(ingest, principal, params.import);
    if (row.state !== "open" && row.state !== "superseded") return statusOf(row);
    requireOpen(row);
    await requireComplete(ingest, row, body.files);
    await ingest.sql`update ingest.imports set traceparent = ${currentTraceparent()} where id = ${row.id}`;
    await moveImport(ingest.sql, row.id, ["open"], "committing");
    ingest.wake("publish");
    return statusOf(await findImport(ingest.sql, row.id));
  });

  implement(ingest, ingestRoutes.showImport, async ({ params, principal }) =>
    statusOf(await visibleImport(ingest, principal, params.import)),
  );

  implement(ingest, ingestRoutes.abortImport, async ({ params, principal }) => {
    const { id } = await ownImport(ingest, principal, params.import);
    if (await moveImport(ingest.sql, id, ["open"], "aborted")) await dropStaged(ingest, id);
    return statusOf(await findImport(ingest.sql, id));
  });

  ingest.every("publish", 5_000, () => publisher.takeUp());
};

/** @throws Problem `conflict` when files or bytes have not come */
const requireComplete = async (ingest: Ingest, { id, dataset }: ImportRow, files: number): Promise<void> => {
  const count = await countManifest(ingest.sql, id);
  const missing = await missingContents(ingest.sql, id, dataset, null);
  if (count === files && missing.length === 0) return;
  throw new Problem({
    code: "conflict",
    message: `The import is not complete: ${count} of ${files} files were named, and the bytes of ${missing.length} contents are missing.`,
    subject: dataset,
    next: "Import again: it goes on where it was.",
  });
};
