import { type Sql, transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Show } from "@rollerblade/pipeline";
import type { ServiceContext } from "@rollerblade/service-kit";
import { contextFromTraceparent, contextOf, type Span, startSpan } from "@rollerblade/telemetry";
import { type Extracted, extract, nothing } from "./extract.ts";
import { type Content, readContent, type Wanted } from "./read-content.ts";
import { type Announced, resultTagged } from "./result-event.ts";

/** Results taken in hand at once. */
const atOnce = 200;
/** Files read at the same time. */
const readers = 4;
/** Seconds after which a reader that has not renewed its lease is taken for dead. */
const lease = 60;
/** After so many attempts a result is shown without its value; with the pauses between them that is about a minute. */
const attempts = 8;

type Pending = Announced & Wanted & { readonly show: Show; readonly attempts: number; readonly traceparent: string };

type Reading = Pick<ServiceContext, "sql" | "events" | "signal"> & { readonly objects: ObjectStore };

/** A result with what was taken out of its file, within the span of its tagging. */
type Finished = { readonly result: Pending; readonly extracted: Extracted; readonly span: Span };

/** Takes the values out of all files that wait for it, and announces the results. */
export const readValues = async (context: Reading): Promise<void> => {
  let taken = atOnce;
  while (taken === atOnce && !context.signal.aborted) {
    const pending = await take(context.sql);
    const contents = await readContents(context, pending);
    await postpone(
      context.sql,
      pending.filter((result) => isLater(result, contents)),
    );
    await finish(
      context,
      pending.filter((result) => !isLater(result, contents)),
      contents,
    );
    taken = pending.length;
  }
};

const take = (sql: Sql) => sql<Pending[]>`
  with taken as (
    update tagger.results set attempts = attempts + 1, due_at = now() + ${lease} * interval '1 second'
    where id in (
      select id from tagger.results where not ready and due_at <= now() order by due_at limit ${atOnce} for update skip locked)
    returning id, document, tag, derivative, show, attempts, traceparent)
  select t.*, d.level, d.dataset, d.subject, d.session, d.scan, d.path, d.size, d.sha256
  from taken t join tagger.derivatives d on d.id = t.derivative`;

type Contents = ReadonlyMap<string, Content>;

/** Each file once, however many results show something of it. */
const readContents = async ({ objects, signal }: Reading, pending: readonly Pending[]): Promise<Contents> => {
  const files = [...new Map(pending.map((result) => [result.derivative, result])).values()];
  const contents = new Map<string, Content>();
  const readOn = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      contents.set(file.derivative, await readContent(objects, file, signal));
    }
  };
  await Promise.all(Array.from({ length: readers }, readOn));
  return contents;
};

/** A file that is missing may be on its way; one that was replaced may be about to be superseded. */
const isLater = (result: Pending, contents: Contents): boolean =>
  contents.get(result.derivative)?.kind === "later" && result.attempts < attempts;

const postpone = async (sql: Sql, later: readonly Pending[]): Promise<void> => {
  if (later.length === 0) return;
  await sql`
    update tagger.results set due_at = now() + power(2, attempts) / 4 * interval '1 second'
    where id = any(${later.map(({ id }) => id)}::uuid[]) and not ready`;
};

const finish = async (context: Reading, pending: readonly Pending[], contents: Contents): Promise<void> => {
  const finished = pending.map((result) => takeOut(result, contents.get(result.derivative)));
  if (finished.length === 0) return;
  try {
    await transaction(context.sql, async (tx) => {
      const rows = finished.map(({ result, extracted }) => ({ id: result.id, ...extracted }));
      const written = await tx<{ id: string }[]>`
        update tagger.results r set ready = true, tagged_at = now(), value = f.value, preview = f.preview, problem = f.problem
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as f(id uuid, value jsonb, preview jsonb, problem text)
        where r.id = f.id and not r.ready returning r.id`;
      const ids = new Set(written.map(({ id }) => id));
      const announced = finished.filter(({ result }) => ids.has(result.id));
      await context.events.emitAll(
        tx,
        announced.map(({ result, span }) => resultTagged(result, contextOf(span))),
      );
    });
  } finally {
    for (const { span } of finished) span.end();
  }
};

const takeOut = (result: Pending, content: Content | undefined): Finished => {
  const { document, dataset, tag, traceparent, show } = result;
  const span = startSpan(`read ${tag}`, {
    parent: contextFromTraceparent(traceparent),
    attributes: { "service.name": "tagger", document, dataset },
  });
  const extracted = content?.kind === "bytes" ? extract(show, content.bytes) : nothing(content?.problem ?? "");
  return { result, extracted, span };
};
