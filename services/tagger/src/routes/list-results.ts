import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { Level } from "@rollerblade/abids/facts";
import { type Result, taggerRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Show } from "@rollerblade/pipeline";
import {
  cursorText,
  explainDatasets,
  implement,
  pageOf,
  personMay,
  readCursor,
  type ServiceContext,
  writeCursor,
} from "@rollerblade/service-kit";
import { z } from "zod";
import type { TablePreview } from "../schema.ts";

type Query = z.output<NonNullable<typeof taggerRoutes.listResults.query>>;

/** Where a result stands in the order of all of them. */
const place = z.tuple([cursorText, cursorText, cursorText, cursorText, z.int(), cursorText, z.uuid()]);
type Place = z.output<typeof place>;

/** All that should be shown, in order, with a link to each file. */
export const serveResults = (context: ServiceContext): void => {
  const { sql, objects } = context;
  implement(context, taggerRoutes.listResults, async ({ principal, query }) => {
    if (query.dataset !== undefined) {
      await context.authorize(principal, "read", { kind: "dataset", name: query.dataset });
    }
    const readable = await context.readable(principal, "dataset");
    const rows = await findResults(sql, readable, query);
    const { items, next } = pageOf(rows, query.limit, (last) => writeCursor(placeOf(last)));
    return { items: await Promise.all(items.map((row) => resultOf(row, objects))), next };
  });
  implement(context, taggerRoutes.explainResultAccess, async ({ principal, params, query }) => {
    const datasets = await datasetsOf(sql, await context.readable(principal, "dataset"), params.id);
    return explainDatasets(context, principal, datasets, query);
  });
};

/** The datasets that a result comes of. @throws Problem `not-found` to who may not read all of them */
const datasetsOf = async (sql: Sql, readable: "all" | readonly string[], id: string): Promise<string[]> => {
  const [row] = await sql<{ datasets: string[] }[]>`
    select d.datasets from tagger.results r join tagger.derivatives d on d.id = r.derivative
    where r.id = ${id} and r.ready ${readable === "all" ? sql`` : sql`and d.datasets <@ ${[...readable]}::text[]`}`;
  if (row !== undefined) return row.datasets;
  throw new Problem({
    code: "not-found",
    message: `There is no result ${id}.`,
    subject: id,
    next: "GET /v1/results lists what there is.",
  });
};

type Row = {
  readonly id: string;
  readonly dataset: string;
  readonly level: Level;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
  readonly document: string;
  readonly tag: string;
  readonly position: number;
  readonly title: string;
  readonly description: string | null;
  readonly show: Show;
  readonly value: Result["value"];
  readonly preview: TablePreview | null;
  readonly problem: string;
  readonly derivative: string;
  readonly path: string;
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  readonly analysis: string;
  readonly version: string;
  readonly taggedAt: Date;
};

/** Sorts behind every label, so that what is about everybody comes last. */
const behind = "~";

/** One more than asked for, to tell whether there is a next page. */
const findResults = (sql: Sql, readable: "all" | readonly string[], query: Query) => {
  const { dataset, subject, session, level, document, tag, since, after, limit } = query;
  const order = sql`(d.dataset collate "C", coalesce(d.subject, ${behind}) collate "C", coalesce(d.session, ${behind}) collate "C",
    t.document collate "C", t.position, d.path collate "C", r.id)`;
  return sql<Row[]>`
    select r.id, d.dataset, d.level, d.subject, d.session, d.scan, t.document, t.name as tag, t.position, t.title, t.description, t.show,
      r.value, r.preview, r.problem, d.id as derivative, d.path, d.extension, d.size, d.sha256, d.analysis, d.version, r.tagged_at
    from tagger.results r
    join tagger.derivatives d on d.id = r.derivative
    join tagger.tags t on t.document = r.document and t.name = r.tag and t.show = r.show
    join tagger.documents applied on applied.name = t.document
    where r.ready and ${personMay(sql, sql`applied.owner`, "contribute", sql`d.dataset`)}
      ${readable === "all" ? sql`` : sql`and d.datasets <@ ${[...readable]}::text[]`}
      ${dataset === undefined ? sql`` : sql`and d.dataset = ${dataset}`}
      ${subject === undefined ? sql`` : sql`and d.subject = ${subject}`}
      ${session === undefined ? sql`` : sql`and d.session = ${session}`}
      ${level === undefined ? sql`` : sql`and d.level = ${level}`}
      ${document === undefined ? sql`` : sql`and r.document = ${document}`}
      ${tag === undefined ? sql`` : sql`and r.tag = ${tag}`}
      ${since === undefined ? sql`` : sql`and r.tagged_at >= ${since}`}
      ${after === undefined ? sql`` : sql`and ${order} > ${placeRow(sql, readCursor(after, place))}`}
    order by ${order} limit ${limit + 1}`;
};

const placeRow = (sql: Sql, [dataset, subject, session, document, position, path, id]: Place) =>
  sql`(${dataset}, ${subject}, ${session}, ${document}, ${position}::int, ${path}, ${id}::uuid)`;

const placeOf = ({ dataset, subject, session, document, position, path, id }: Row): Place => [
  dataset,
  subject ?? behind,
  session ?? behind,
  document,
  position,
  path,
  id,
];

const resultOf = async (row: Row, objects: ObjectStore): Promise<Result> => {
  const { dataset, level, subject, session, scan, show, derivative, path, extension, size, sha256 } = row;
  const metric = show.kind === "metric" ? show : null;
  return {
    id: row.id,
    dataset,
    slice: { level, dataset, subject, session, scan },
    document: row.document,
    tag: row.tag,
    position: row.position,
    title: row.title,
    description: row.description,
    kind: show.kind,
    value: row.value,
    unit: metric?.unit ?? null,
    digits: metric?.digits ?? null,
    table: row.preview === null ? null : tableOf(row.preview),
    problem: row.problem,
    derivative: { id: derivative, path, extension, size, sha256, analysis: row.analysis, version: row.version },
    url: await objects.presignGet(datasetKey(dataset, path), { filename: nameOf(path) }),
    taggedAt: row.taggedAt.toISOString(),
  };
};

const tableOf = ({ columns, rows, more }: TablePreview) => ({
  columns: [...columns],
  rows: rows.map((row) => [...row]),
  more,
});

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
