import { notify, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { newEventId, type ServiceEvents } from "@rollerblade/events";
import type { Show } from "@rollerblade/pipeline";
import { personMay } from "@rollerblade/service-kit";
import { contextFromTraceparent, contextOf, type Span, startSpan, traceparentOf } from "@rollerblade/telemetry";
import { channels } from "../notifications.ts";
import { lockCalls } from "./record-calls.ts";
import { type Announced, resultTagged } from "./result-event.ts";

/** Derivatives of one transaction. */
const atOnce = 500;

type Missing = Omit<Announced, "id"> & { readonly show: Show };

/** Gives every unsettled derivative exactly the results that the tags in force call for. */
export const settleResults = async (sql: Sql, events: ServiceEvents, signal: AbortSignal): Promise<void> => {
  let settled = atOnce;
  while (settled === atOnce && !signal.aborted) settled = await settleSome(sql, events);
};

const settleSome = async (sql: Sql, events: ServiceEvents): Promise<number> => {
  const spans: Span[] = [];
  try {
    return await transaction(sql, async (tx) => {
      await lockCalls(tx);
      const derivatives = await takeUnsettled(tx);
      if (derivatives.length === 0) return 0;
      const ids = derivatives.map(({ id }) => id);
      await dropUncalledFor(tx, ids);
      const missing = await missingResults(tx, ids);
      const traces = new Map(derivatives.map(({ id, traceparent }) => [id, traceparent]));
      await addResults(
        tx,
        events,
        missing.map((one) => begin(one, traces.get(one.derivative) ?? "", spans)),
      );
      return derivatives.length;
    });
  } finally {
    for (const span of spans) span.end();
  }
};

/** A document that is applied meanwhile waits for these rows, and unsettles them again. */
const takeUnsettled = (tx: Transaction) => tx<{ id: string; traceparent: string }[]>`
  update tagger.derivatives set unsettled = false
  where id in (select id from tagger.derivatives where unsettled order by id limit ${atOnce} for update skip locked)
  returning id, traceparent`;

/**
 * What the tags in force show: derivatives that the rules call for now, in datasets to which the owner of the document may contribute. A number of an older scan, or of a person whom the rule no
 * longer covers, is not shown although its file is still in force. Of what a document's own rules make it shows what these call for;
 * of all else, what any rule that looks at the slice calls for, or, where none does, whatever is there.
 */
const calledFor = (tx: Transaction, ids: readonly string[]) => tx`
  select t.document, t.name as tag, t.show, d.id as derivative, d.level, d.dataset, d.subject, d.session, d.scan, t.position
  from tagger.derivatives d
  join tagger.shown s on (s.analysis, s.version, s.parameters_hash) = (d.analysis, d.version, d.parameters_hash)
  join tagger.tags t on t.document = s.document and t.name = s.tag and t.output = d.output
  join tagger.documents applied on applied.name = t.document
  where d.id = any(${[...ids]}::uuid[]) and d.dataset ~ any(t.datasets)
    and ${personMay(tx, tx`applied.owner`, "contribute", tx`d.dataset`)}
    and (d.key is null
      or exists (select 1 from tagger.calls c
        where c.slice_key = d.slice_key and c.key = d.key and (c.document = s.document or not s.made)
          and (c.analysis, c.version, c.parameters_hash) = (d.analysis, d.version, d.parameters_hash))
      or not s.made and not exists (select 1 from tagger.calls c
        where c.slice_key = d.slice_key and c.covered
          and (c.analysis, c.version, c.parameters_hash) = (d.analysis, d.version, d.parameters_hash)))`;

const dropUncalledFor = async (tx: Transaction, ids: readonly string[]): Promise<void> => {
  await tx`
    delete from tagger.results r where r.derivative = any(${[...ids]}::uuid[])
    and not exists (select 1 from (${calledFor(tx, ids)}) w
      where w.derivative = r.derivative and w.document = r.document and w.tag = r.tag and w.show = r.show)`;
};

const missingResults = (tx: Transaction, ids: readonly string[]) => tx<Missing[]>`
  select w.* from (${calledFor(tx, ids)}) w
  where not exists (select 1 from tagger.results r
    where r.derivative = w.derivative and r.document = w.document and r.tag = w.tag)
  order by w.derivative, w.document, w.position`;

type Begun = Missing & { readonly id: string; readonly ready: boolean; readonly traceparent: string };

/** The span of tagging hangs below that of the derivative's announcement. */
const begin = (missing: Missing, traceparent: string, spans: Span[]): Begun => {
  const { tag, document, dataset } = missing;
  const span = startSpan(`tag ${tag}`, {
    parent: contextFromTraceparent(traceparent),
    attributes: { "service.name": "tagger", document, dataset },
  });
  spans.push(span);
  return {
    ...missing,
    id: newEventId(),
    ready: !needsValue(missing.show),
    traceparent: traceparentOf(contextOf(span)),
  };
};

/** Whether something has to be taken out of the file before it can be shown. */
const needsValue = ({ kind }: Show): boolean => kind === "metric" || kind === "table";

const addResults = async (tx: Transaction, events: ServiceEvents, begun: readonly Begun[]): Promise<void> => {
  if (begun.length === 0) return;
  await tx`
    insert into tagger.results (id, document, tag, derivative, show, ready, traceparent, tagged_at)
    select r.*, case when r.ready then now() end from jsonb_to_recordset(${JSON.stringify(begun)}::text::jsonb)
      as r(id uuid, document text, tag text, derivative uuid, show jsonb, ready boolean, traceparent text)`;
  const ready = begun.filter((one) => one.ready);
  await events.emitAll(
    tx,
    ready.map((one) => resultTagged(one, contextFromTraceparent(one.traceparent))),
  );
  if (ready.length < begun.length) await notify(tx, channels.read);
};
