import type { ScanFacts } from "@rollerblade/abids/facts";
import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { type Received, scanFactsFromMessage } from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { type Mark, markDirty } from "../dirty.ts";
import { scansTable } from "../tables.gen.ts";
import { newestByKey } from "./newest.ts";

type ScanRow = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly suffix: string;
  /** Null of one that is withdrawn. */
  readonly facts: ScanFacts | null;
  readonly revision: number;
  readonly batch: string | null;
  readonly traceparent: string;
  readonly publishedAt: Date;
};

/** Takes over what the catalog says of scans. */
export const projectScans = (
  events: readonly Received<"scan.indexed" | "metadata.changed">[],
  tx: Transaction,
): Promise<void> =>
  writeScans(
    tx,
    events.map(({ message, cause, time }) => {
      const facts = scanFactsFromMessage(message.scan);
      const batch = "batch" in message ? (message.batch ?? null) : null;
      return { ...facts, facts, batch, traceparent: traceparentOf(cause), publishedAt: time };
    }),
  );

/** Forgets scans that the catalog no longer has. */
export const projectWithdrawnScans = (events: readonly Received<"scan.withdrawn">[], tx: Transaction): Promise<void> =>
  writeScans(
    tx,
    events.map(({ message: { dataset, path, subject, revision }, cause, time }) => ({
      dataset,
      path,
      subject,
      suffix: "",
      facts: null,
      revision: Number(revision),
      batch: null,
      traceparent: traceparentOf(cause),
      publishedAt: time,
    })),
  );

const announcedColumns = columnsOf(
  scansTable,
  ...(["dataset", "path", "subject", "suffix", "facts", "revision", "batch", "traceparent", "publishedAt"] as const),
);

const recordOf = ({ dataset, path, subject, suffix, facts, revision, batch, traceparent, publishedAt }: ScanRow) => ({
  ...{ dataset, path, subject, suffix, revision, batch, traceparent, publishedAt },
  facts: facts && JSON.stringify(facts),
});

/** The highest revision counts, whatever the order in which they come; what was deleted since stays deleted. */
const writeScans = async (tx: Transaction, announced: readonly ScanRow[]): Promise<void> => {
  const rows = newestByKey(announced, ({ dataset, path }) => `${dataset}/${path}`);
  const written = await tx<Mark[]>`
    insert into pipeline_router.scans as known
      (dataset, path, subject, suffix, facts, revision, batch, withdrawn, traceparent, published_at)
    select announced.dataset, announced.path, announced.subject, announced.suffix, announced.facts, announced.revision, announced.batch, announced.facts is null,
      announced.traceparent, announced.published_at
    from ${recordset(tx, announcedColumns, rows.map(recordOf))} as announced
    where not exists (
      select from pipeline_router.deletions gone
      where gone.dataset = announced.dataset and gone.subject in (announced.subject, '') and gone.deleted_at >= announced.published_at)
    on conflict (dataset, path) do update set
      subject = excluded.subject, suffix = excluded.suffix, facts = excluded.facts, revision = excluded.revision,
      batch = coalesce(excluded.batch, known.batch), withdrawn = excluded.withdrawn, traceparent = excluded.traceparent,
      published_at = excluded.published_at, changed_at = now()
    where known.revision < excluded.revision
    returning dataset, subject, traceparent`;
  await markDirty(tx, written);
};
