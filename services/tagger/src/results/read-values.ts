import { type Sql, transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Show } from "@rollerblade/pipeline";
import type { ServiceContext } from "@rollerblade/service-kit";
import { contextFromTraceparent, contextOf, withSpan } from "@rollerblade/telemetry";
import { type Extracted, extract, nothing } from "./extract.ts";
import { type Content, readContent, type Wanted } from "./read-content.ts";
import { type Announced, resultTagged } from "./result-event.ts";

/** Results taken in hand at once. */
const atOnce = 200;
/** Files read at the same time. */
const readers = 4;
/** Seconds after which a reader that was not heard of again is taken for dead. */
const lease = 60;
/** After so many attempts a result is shown without its value; with the pauses below that is about two minutes. */
const attempts = 8;

type Pending = Announced & Wanted & { readonly show: Show; readonly attempts: number; readonly traceparent: string };

type Reading = Pick<ServiceContext, "sql" | "events" | "signal"> & { readonly objects: ObjectStore };

/** Takes the values out of all files that wait for it, and announces the results. */
export const readValues = async (context: Reading): Promise<void> => {
  let taken = atOnce;
  while (taken === atOnce && !context.signal.aborted) {
    const pending = await take(context.sql);
    const files = [...Map.groupBy(pending, ({ derivative }) => derivative).values()];
    await Promise.all(Array.from({ length: readers }, () => readFiles(context, files)));
    taken = pending.length;
  }
};

const take = (sql: Sql) => sql<Pending[]>`
  with taken as (
    update tagger.results set attempts = attempts + 1, due_at = now() + ${lease} * interval '1 second'
    where id in (select id from tagger.results where not ready and due_at <= now() order by due_at limit ${atOnce} for update skip locked)
    returning id, document, tag, derivative, show, attempts, traceparent)
  select t.*, d.level, d.dataset, d.subject, d.session, d.scan, d.path, d.size, d.sha256
  from taken t join tagger.derivatives d on d.id = t.derivative`;

const readFiles = async (context: Reading, files: Pending[][]): Promise<void> => {
  for (let file = files.pop(); file !== undefined && !context.signal.aborted; file = files.pop()) {
    const [first] = file;
    if (first === undefined) continue;
    const content = await readContent(context.objects, first, context.signal);
    for (const result of file) await finish(context, result, content);
  }
};

const finish = async (context: Reading, result: Pending, content: Content): Promise<void> => {
  if (content.kind === "later" && result.attempts < attempts) return postpone(context.sql, result);
  const attributes = { document: result.document, dataset: result.dataset };
  await withSpan(
    `read ${result.tag}`,
    { parent: contextFromTraceparent(result.traceparent), attributes },
    async (span) => {
      const extracted = content.kind === "bytes" ? extract(result.show, content.bytes) : nothing(content.problem);
      await transaction(context.sql, async (tx) => {
        const written = await tx`
        update tagger.results set ready = true, tagged_at = now(), value = ${JSON.stringify(extracted.value)}::text::jsonb,
          preview = ${previewOf(extracted)}::text::jsonb, problem = ${extracted.problem}
        where id = ${result.id} and not ready returning id`;
        if (written.length > 0) await context.events.emitAll(tx, [resultTagged(result, contextOf(span))]);
      });
    },
  );
};

const previewOf = ({ preview }: Extracted): string | null => (preview === null ? null : JSON.stringify(preview));

/** A file that is missing may be on its way, or its successor's announcement may. */
const postpone = async (sql: Sql, { id, attempts }: Pending): Promise<void> => {
  await sql`update tagger.results set due_at = now() + ${2 ** attempts / 4} * interval '1 second' where id = ${id} and not ready`;
};
