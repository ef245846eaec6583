import type { PipelineVersion } from "@rollerblade/client";
import type { Queryable, Transaction } from "@rollerblade/database";
import { pageOf, readCursor, writeCursor } from "@rollerblade/service-kit";
import { z } from "zod";

/** Texts that are kept of each document: more than somebody looks through, and few enough for one that a program applies every minute. */
const maxVersions = 200;

type Kept = {
  readonly document: string;
  readonly revision: number;
  readonly source: string;
  readonly appliedBy: string;
};

/** Keeps the text of a document that comes into force, and forgets the oldest ones beyond a limit. */
export const keepVersion = async (tx: Transaction, { document, revision, source, appliedBy }: Kept): Promise<void> => {
  await tx`
    insert into pipeline_router.document_versions (document, revision, source, applied_by, applied_at)
    values (${document}, ${revision}, ${source}, ${appliedBy}, clock_timestamp())`;
  await tx`
    delete from pipeline_router.document_versions where document = ${document} and revision <= (
      select revision from pipeline_router.document_versions where document = ${document}
      order by revision desc offset ${maxVersions} limit 1)`;
};

type Row = Omit<Kept, "document"> & { readonly appliedAt: Date };

const place = z.tuple([z.int()]);

/** Texts of one document, the newest first. */
export const listVersions = async (
  sql: Queryable,
  document: string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: PipelineVersion[]; next: string | null }> => {
  const [before] = after === undefined ? [undefined] : readCursor(after, place);
  const rows = await sql<Row[]>`
    select revision, source, applied_by, applied_at from pipeline_router.document_versions
    where document = ${document} ${before === undefined ? sql`` : sql`and revision < ${before}`}
    order by revision desc limit ${limit + 1}`;
  const { items, next } = pageOf(rows, limit, ({ revision }) => writeCursor([revision]));
  return { items: items.map((row) => ({ ...row, appliedAt: row.appliedAt.toISOString() })), next };
};
