import { ingestRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, listBodyBytes } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { requireNotDeleting } from "../cleanup/deletions.ts";
import { loseAbsent } from "../cleanup/lost-files.ts";
import { requireSettled } from "../cleanup/settle-deletions.ts";
import { addFindings, compareListing } from "../imports/compare-listing.ts";
import { beginImport, findImport, type ImportRow, moveImport, statusOf } from "../imports/import-rows.ts";
import { addManifest, missingContents } from "../imports/manifest-rows.ts";
import { ownImport, requireContributor, requireOpen, visibleImport } from "../imports/may-import.ts";
import { requirePlace } from "../imports/require-place.ts";
import type { Ingest } from "../ingest.ts";
import type { Publisher } from "../publish/publisher.ts";
import { dropStaged } from "../staged/leftovers.ts";

/** Serves imports of whole datasets: begin, manifest, commit, state. */
export const serveImports = (ingest: Ingest, publisher: Publisher): void => {
  implement(ingest, ingestRoutes.beginImport, async ({ body, principal }) => {
    const { dataset, strict, inPlace, mode, force, dryRun } = body;
    await requireContributor(ingest, principal, dataset);
    await requireSettled(ingest.sql, dataset);
    const location = inPlace === undefined ? null : await requirePlace(principal, inPlace);
    const uploader = principal.name;
    const row = await beginImport(ingest, { dataset, uploader, mode, force, dryRun, strict, location }, (tx) =>
      requireNotDeleting(tx, dataset),
    );
    if (location === null) return statusOf(row, principal);
    await ingest.sql`update ingest.imports set traceparent = ${currentTraceparent()} where id = ${row.id}`;
    ingest.trigger("publish");
    return statusOf(row, principal);
  });

  implement(
    ingest,
    ingestRoutes.addManifest,
    async ({ params, body, principal }) => {
      const row = await ownImport(ingest, principal, params.import);
      requireOpen(row);
      await addManifest(ingest.sql, row.id, body.files);
      await addFindings(ingest, row.id, body.findings);
      await ingest.sql`update ingest.imports set updated_at = now() where id = ${row.id}`;
      const paths = body.files.map(({ path }) => path);
      return { missing: [...(await missingContents(ingest.sql, row.id, row.dataset, paths))] };
    },
    { bodyLimit: listBodyBytes },
  );

  implement(
    ingest,
    ingestRoutes.listImportFiles,
    async ({ params, body, principal }) => {
      const row = await ownImport(ingest, principal, params.import);
      requireOpen(row);
      await loseAbsent(
        ingest,
        row.dataset,
        body.files.map(({ path }) => path),
      );
      return { changed: (await compareListing(ingest, row, body)).map(({ path }) => path) };
    },
    { bodyLimit: listBodyBytes },
  );

  implement(ingest, ingestRoutes.commitImport, async ({ params, body, principal }) => {
    const row = await ownImport(ingest, principal, params.import);
    if (row.state !== "open" && row.state !== "superseded") return statusOf(row, principal);
    requireOpen(row);
    await requireComplete(ingest, row, body.files);
    await ingest.sql`update ingest.imports set traceparent = ${currentTraceparent()} where id = ${row.id}`;
    await moveImport(ingest.sql, row.id, ["open"], "committing");
    ingest.trigger("publish");
    return statusOf(await findImport(ingest.sql, row.id), principal);
  });

  implement(ingest, ingestRoutes.showImport, async ({ params, principal }) =>
    statusOf(await visibleImport(ingest, principal, params.import), principal),
  );

  implement(ingest, ingestRoutes.abortImport, async ({ params, principal }) => {
    const { id } = await ownImport(ingest, principal, params.import);
    if (await moveImport(ingest.sql, id, ["open", "reading"], "aborted")) await dropStaged(ingest, id);
    return statusOf(await findImport(ingest.sql, id), principal);
  });

  ingest.every("publish", 5_000, () => publisher.takeUp());
};

/** @throws Problem `conflict` when files or bytes have not come */
const requireComplete = async (
  ingest: Ingest,
  { id, dataset, listed, complete, dryRun }: ImportRow,
  files: number,
): Promise<void> => {
  // A dry run needs the names and hashes of large files only.
  const missing = dryRun ? [] : await missingContents(ingest.sql, id, dataset, null);
  if (complete && listed === files && missing.length === 0) return;
  throw new Problem({
    code: "conflict",
    message: `The import is not complete: ${listed} of ${files} files were listed, and the bytes of ${missing.length} contents are missing.`,
    subject: dataset,
    next: "Import again: it goes on where it was.",
  });
};
