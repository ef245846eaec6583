import type { DerivativeFacts } from "@rollerblade/analysis";
import { type Result, taggerRoutes } from "@rollerblade/client";
import { matchesDataset, type Show } from "@rollerblade/pipeline";
import { implement, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { z } from "zod";
import type { Taken } from "./take-out.ts";

type Row = {
  readonly id: string;
  readonly dataset: string;
  readonly document: string;
  readonly tag: string;
  readonly position: number;
  readonly title: string;
  readonly description: string | null;
  readonly show: Show;
  readonly taken: Taken | null;
  readonly problem: string;
  readonly taggedAt: Date;
  readonly facts: DerivativeFacts;
  readonly place: string[];
};

/** Serves what a front end shows. */
export const serveResults = (context: ServiceContext): void => {
  implement(context, taggerRoutes.listResults, async ({ query, principal }) => {
    const rows = await findResults(context, await readableOf(context, principal, query.dataset), query);
    const more = rows.length > query.limit;
    const shown = rows.slice(0, query.limit);
    const items = await Promise.all(shown.map((row) => resultOf(context, row)));
    return { items, next: more ? JSON.stringify(shown.at(-1)?.place) : null };
  });

  implement(context, taggerRoutes.listTags, async ({ query: { dataset }, principal }) => {
    await context.authorize(principal, "read", { kind: "dataset", name: dataset });
    const rows = await context.sql<TagRow[]>`
      select t.*, o.datasets from tagger.tags t join tagger.documents o on o.name = t.document
      order by t.document, t.position, t.version`;
    const items = rows.filter(({ datasets }) => matchesDataset(datasets, dataset));
    return { items: items.map(({ show, ...row }) => ({ ...row, kind: show.kind })) };
  });
};

type TagRow = {
  readonly document: string;
  readonly tag: string;
  readonly position: number;
  readonly title: string;
  readonly description: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly output: string;
  readonly show: Show;
  readonly datasets: string[];
};

/** Null for everything. @throws Problem `not-found` for a dataset that somebody may not read */
const readableOf = async (
  context: ServiceContext,
  principal: Principal,
  dataset: string | undefined,
): Promise<string[] | null> => {
  if (dataset === undefined) {
    const readable = await context.readable(principal, "dataset");
    return readable === "all" ? null : readable;
  }
  await context.authorize(principal, "read", { kind: "dataset", name: dataset });
  return [dataset];
};

type Search = z.output<NonNullable<typeof taggerRoutes.listResults.query>>;

/** By dataset, subject, session, then as the document orders its tags; what is about nobody in particular comes last. */
const findResults = ({ sql }: ServiceContext, datasets: string[] | null, query: Search) => {
  const after = query.after === undefined ? null : placeOf(query.after);
  return sql<Row[]>`
    with placed as (
      select r.id, r.dataset, r.document, r.tag, r.taken, r.problem, r.tagged_at, d.facts,
        t.position, t.title, t.description, t.show,
        array[
          r.dataset, coalesce(d.facts -> 'slice' ->> 'subject', '~'), coalesce(d.facts -> 'slice' ->> 'session', ''),
          r.document, lpad(t.position::text, 6, '0'), d.facts ->> 'path', r.id::text] collate "C" as place
      from tagger.results r
      join tagger.derivatives d on d.id = r.derivative and not d.gone
      join tagger.tags t on t.document = r.document and t.tag = r.tag and t.analysis = d.analysis
        and t.version = d.version and t.parameters_hash = d.parameters_hash
      where r.state <> 'pending'
        and (${datasets}::text[] is null or r.dataset = any(${datasets}::text[]))
        and (${query.subject ?? null}::text is null or d.facts -> 'slice' ->> 'subject' = ${query.subject ?? null})
        and (${query.session ?? null}::text is null or d.facts -> 'slice' ->> 'session' = ${query.session ?? null})
        and (${query.level ?? null}::text is null or d.facts -> 'slice' ->> 'level' = ${query.level ?? null})
        and (${query.document ?? null}::text is null or r.document = ${query.document ?? null})
        and (${query.tag ?? null}::text is null or r.tag = ${query.tag ?? null}))
    select * from placed where ${after}::text[] is null or place > ${after}::text[] collate "C"
    order by place limit ${query.limit + 1}`;
};

const placeOf = (after: string): string[] => z.array(z.string()).parse(JSON.parse(after));

const resultOf = async (
  { objects }: ServiceContext,
  row: Row,
): Promise<z.input<typeof taggerRoutes.listResults.response>["items"][number]> => {
  const { id, dataset, document, tag, position, title, description, problem, show, taken, facts } = row;
  const { path, extension, size, sha256, analysis, version } = facts;
  const metric = show.kind === "metric" ? show : { unit: null, digits: null };
  return {
    ...{ id, dataset, document, tag, position, title, description, problem },
    slice: facts.slice,
    kind: show.kind,
    value: takenValue(taken),
    unit: metric.unit,
    digits: metric.digits,
    table: takenTable(taken),
    derivative: { id: facts.id, path, extension, size, sha256, analysis, version },
    url: await objects.presignGet(`datasets/${dataset}/${path}`, { filename: path.slice(path.lastIndexOf("/") + 1) }),
    taggedAt: row.taggedAt.toISOString(),
  };
};

const takenValue = (taken: Taken | null): Result["value"] =>
  z.json().parse(taken?.kind === "value" ? taken.value : null);

const takenTable = (taken: Taken | null): Result["table"] => {
  if (taken?.kind !== "table") return null;
  const { columns, rows, more } = taken.table;
  return { columns: [...columns], rows: rows.map((row) => row.map((cell) => z.json().parse(cell))), more };
};
