import multipart, { type MultipartFile } from "@fastify/multipart";
import { faultOfPath } from "@rollerblade/abids";
import { importPartKey } from "@rollerblade/abids/bucket-layout";
import { ingestRoutes } from "@rollerblade/client";
import { type Finding, Problem } from "@rollerblade/errors";
import { implement } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { requireNotDeleting } from "../cleanup/deletions.ts";
import { requireSettled } from "../cleanup/settle-deletions.ts";
import { beginImport, findImport, type ImportRow, moveImport, statusOf } from "../imports/import-rows.ts";
import { addManifest } from "../imports/manifest-rows.ts";
import { requireContributor } from "../imports/may-import.ts";
import type { Ingest } from "../ingest.ts";
import { requireCommitted } from "../publish/publish-import.ts";
import type { Publisher } from "../publish/publisher.ts";
import { dropStaged } from "../staged/leftovers.ts";
import { stageObject } from "../staged/stage-object.ts";
import { maxTransferMs } from "../staged/transfer-time.ts";

/** Most files of one upload. */
const maxFiles = 10_000;

/**
 * Serves the upload of scans with their companions: one request, streamed to the bucket, accepted or refused as a
 * whole.
 */
export const serveUpload = async (ingest: Ingest, publisher: Publisher): Promise<void> => {
  await ingest.http.register(multipart, {
    // A part's file name is its path in the dataset.
    preservePath: true,
    // A file that is too large is refused where it is staged, with a reason, and not cut.
    limits: { fileSize: Number.POSITIVE_INFINITY, files: maxFiles, parts: maxFiles, fields: 0 },
  });
  implement(
    ingest,
    ingestRoutes.upload,
    async ({ query, principal, request }) => {
      await requireContributor(ingest, principal, query.dataset);
      await requireSettled(ingest.sql, query.dataset);
      const { dataset } = query;
      const row = await beginImport(ingest, { dataset, uploader: principal.name, mode: "upload" }, (tx) =>
        requireNotDeleting(tx, dataset),
      );
      try {
        await receive(ingest, row, request.files());
      } catch (error) {
        await moveImport(ingest.sql, row.id, ["open"], "aborted");
        await dropStaged(ingest, row.id);
        throw isBrokenForm(error) ? brokenForm(error) : error;
      }
      await ingest.sql`update ingest.imports set traceparent = ${currentTraceparent()} where id = ${row.id}`;
      await moveImport(ingest.sql, row.id, ["open"], "committing");
      await publisher.publish(row.id).catch(async (error: unknown) => {
        if (await isEnded(ingest, row.id, error)) await dropStaged(ingest, row.id);
        throw error;
      });
      return statusOf(requireCommitted(await findImport(ingest.sql, row.id)), principal);
    },
    { timeout: maxTransferMs },
  );
};

/**
 * Ends an upload that meets a deletion: its answer is the end of it. Any other failure leaves it to be published later.
 */
const isEnded = async (ingest: Ingest, id: string, error: unknown): Promise<boolean> =>
  error instanceof Problem && error.code === "conflict" && moveImport(ingest.sql, id, ["committing"], "aborted");

/** What the parser reports, without a code, of bytes that are no form (RFC 7578). */
const isBrokenForm = (error: unknown): error is Error =>
  error instanceof Error &&
  /^(Unexpected end of multipart data|Part terminated early|Malformed |Multipart: )/.test(error.message);

const brokenForm = (cause: Error): Problem =>
  new Problem(
    {
      code: "invalid",
      message: `The body is not a form: ${cause.message}.`,
      subject: "body",
      next: "Send it again, whole.",
    },
    { cause },
  );

/** Stages every part. @throws Problem `invalid` for paths that are none, once all parts were read */
const receive = async (
  ingest: Ingest,
  { id, dataset, uploader }: ImportRow,
  parts: AsyncIterable<MultipartFile>,
): Promise<void> => {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for await (const part of parts) {
    const path = part.filename;
    const fault = faultOfPath(path) ?? (seen.has(path) ? "the file was sent twice" : null);
    if (fault !== null) {
      findings.push({ where: path, message: fault });
      part.file.resume();
      continue;
    }
    seen.add(path);
    const key = importPartKey(id, "part", seen.size);
    const stored = await stageObject(ingest, part.file, {
      importId: id,
      key,
      isJson: path.endsWith(".json"),
      maxBytes: await ingest.quota.room(uploader),
      signal: ingest.signal,
    });
    ingest.quota.add(uploader, stored.size);
    await addManifest(ingest.sql, id, [{ path, ...stored }]);
  }
  if (findings.length === 0) return;
  throw new Problem({
    code: "invalid",
    message: "Nothing was accepted: some files cannot be stored.",
    subject: dataset,
    next: "Fix what is listed and send it again.",
    findings,
  });
};
