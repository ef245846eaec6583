import { sliceKey } from "@rollerblade/abids/facts";
import type { Transaction } from "@rollerblade/database";
import {
  derivativeFactsFromMessage,
  type PreparedHandler,
  prepared,
  type Received,
  type SourcesStore,
  withSources,
} from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { markDirty, placeOfSlice } from "../dirty.ts";
import { newestByKey } from "./newest.ts";

/** Takes over the catalog's derivatives; what was reported gone before stays gone. */
export const projectDerivatives = (store: SourcesStore): PreparedHandler<"derivative.indexed"> =>
  prepared({
    prepare: async (events: readonly Received<"derivative.indexed">[]) => {
      const announced: Announced[] = [];
      for (const event of events) announced.push(await announcedOf(store, event));
      return announced;
    },
    apply: (_, tx, announced) => writeDerivatives(tx, announced),
  });

type Announced = Awaited<ReturnType<typeof announcedOf>>;

const announcedOf = async (store: SourcesStore, { message, cause, time }: Received<"derivative.indexed">) => {
  const facts = derivativeFactsFromMessage(await withSources(store, message.derivative));
  const { id, dataset, path, analysis, version, parametersHash, output, key, revision } = facts;
  return {
    ...{ id, dataset, path, analysis, version, parametersHash, output, key, revision },
    subject: facts.slice.subject,
    sliceKey: sliceKey(facts.slice),
    sequence: Number(message.derivative?.sequence ?? 0n),
    facts: JSON.stringify(facts),
    traceparent: traceparentOf(cause),
    publishedAt: time,
  };
};

const writeDerivatives = async (tx: Transaction, announced: readonly Announced[]): Promise<void> => {
  const rows = newestByKey(announced, ({ id }) => id);
  await tx`
    insert into pipeline_router.derivatives as known
      (id, dataset, path, subject, slice_key, analysis, version, parameters_hash, output, key, sequence, facts, revision, gone,
       traceparent, published_at)
    select id, dataset, path, subject, "sliceKey", analysis, version, "parametersHash", output, key, sequence, facts, revision,
      exists (
        select from pipeline_router.deletions gone
        where gone.dataset = announced.dataset and gone.subject in (coalesce(announced.subject, ''), '') and gone.deleted_at >= "publishedAt"),
      traceparent, "publishedAt"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as announced (
      id uuid, dataset text, path text, subject text, "sliceKey" text, analysis text, version text, "parametersHash" text,
      output text, key text, sequence bigint, facts text, revision bigint, traceparent text, "publishedAt" timestamptz)
    on conflict (id) do update set
      subject = excluded.subject, slice_key = excluded.slice_key, analysis = excluded.analysis, version = excluded.version,
      parameters_hash = excluded.parameters_hash, output = excluded.output, key = excluded.key, sequence = excluded.sequence,
      facts = excluded.facts, revision = greatest(excluded.revision, known.revision), gone = known.gone or excluded.gone,
      traceparent = excluded.traceparent, published_at = excluded.published_at
    where known.facts is null or known.revision < excluded.revision`;
  await markDirty(
    tx,
    rows.map(({ dataset, subject, traceparent }) => ({ ...placeOfSlice({ dataset, subject }), traceparent })),
  );
};

/** A later one took the name. */
export const projectSuperseded = (
  events: readonly Received<"derivative.superseded">[],
  tx: Transaction,
): Promise<void> =>
  writeGone(
    tx,
    events.map(({ message: { id, dataset, path, supersededBy, revision }, cause, time }) => ({
      ...{ id, dataset, path, supersededBy: supersededBy === "" ? null : supersededBy },
      ...{ revision: Number(revision), traceparent: traceparentOf(cause), publishedAt: time },
    })),
  );

/** What it was made of is gone, and so is it. */
export const projectWithdrawn = (events: readonly Received<"derivative.withdrawn">[], tx: Transaction): Promise<void> =>
  writeGone(
    tx,
    events.map(({ message: { id, dataset, path, revision }, cause, time }) => ({
      ...{ id, dataset, path, supersededBy: null },
      ...{ revision: Number(revision), traceparent: traceparentOf(cause), publishedAt: time },
    })),
  );

type GoneRow = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly supersededBy: string | null;
  readonly revision: number;
  readonly traceparent: string;
  readonly publishedAt: Date;
};

const writeGone = async (tx: Transaction, announced: readonly GoneRow[]): Promise<void> => {
  const rows = newestByKey(announced, ({ id }) => id);
  const written = await tx<{ dataset: string; subject: string | null; traceparent: string | null }[]>`
    insert into pipeline_router.derivatives as known
      (id, dataset, path, superseded_by, revision, gone, traceparent, published_at)
    select id, dataset, path, "supersededBy", revision, true, traceparent, "publishedAt"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as announced (
      id uuid, dataset text, path text, "supersededBy" uuid, revision bigint, traceparent text, "publishedAt" timestamptz)
    on conflict (id) do update set
      gone = true, superseded_by = excluded.superseded_by, revision = greatest(excluded.revision, known.revision),
      traceparent = excluded.traceparent
    returning dataset, subject, traceparent`;
  await markDirty(
    tx,
    written.map((row) => ({ ...placeOfSlice(row), traceparent: row.traceparent })),
  );
};
