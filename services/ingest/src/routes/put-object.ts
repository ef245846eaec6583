import { importContentKey } from "@rollerblade/abids/bucket-layout";
import { ingestRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement } from "@rollerblade/service-kit";
import { ownImport, requireOpen } from "../imports/may-import.ts";
import type { Ingest } from "../ingest.ts";
import { bodyStream } from "../staged/body-stream.ts";
import { stageObject } from "../staged/stage-object.ts";
import { maxTransferMs } from "../staged/transfer-time.ts";

/** Serves the bytes of an import's contents, each under its hash: sending one twice changes nothing. */
export const servePutObject = (ingest: Ingest): void => {
  implement(
    ingest,
    ingestRoutes.putObject,
    async ({ params, principal, request }) => {
      const row = await ownImport(ingest, principal, params.import);
      requireOpen(row);
      const { size, isJson } = await expected(ingest, row.id, params.sha256);
      await ingest.quota.room(principal.name, size);
      const key = importContentKey(row.id, params.sha256);
      const staging = { importId: row.id, key, isJson, size, sha256: params.sha256, signal: ingest.signal };
      const stored = await stageObject(ingest, bodyStream(request.body), staging);
      ingest.quota.add(principal.name, stored.size);
      return stored;
    },
    { timeout: maxTransferMs },
  );
};

/** @throws Problem `not-found` for a content that the manifest does not name */
const expected = async (ingest: Ingest, id: string, sha256: string): Promise<{ size: number; isJson: boolean }> => {
  const [row] = await ingest.sql<{ size: number | null; isJson: boolean }[]>`
    select max(size) as size, coalesce(bool_or(path like '%.json'), false) as is_json
    from ingest.import_files where import_id = ${id} and sha256 = ${sha256}`;
  if (row !== undefined && row.size !== null) return { size: row.size, isJson: row.isJson };
  throw new Problem({
    code: "not-found",
    message: `The manifest names no content ${sha256}.`,
    subject: sha256,
    next: "Name it first.",
  });
};
