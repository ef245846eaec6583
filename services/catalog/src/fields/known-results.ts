import { didYouMean, nearestNames } from "@rollerblade/abids/nearest-names";
import { rowsOrNone, type Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { type Expression, resultName, resultsOf } from "@rollerblade/query";
import { personMay } from "@rollerblade/service-kit";
import { type ReadableDatasets, within } from "../datasets/readable-datasets.ts";
import type { KnownField } from "./known-fields.ts";
import type { Meaning } from "./meanings.ts";

/** A tag that shows something in a dataset that one may read. */
type VisibleTag = { readonly document: string; readonly tag: string; readonly kind: string };

const visibleTags = (sql: Sql, readable: ReadableDatasets): Promise<readonly VisibleTag[]> =>
  rowsOrNone(sql<VisibleTag[]>`
  select distinct shown.document, shown.tag, shown.kind from tagger.tags_v1 shown
  where exists (
    select from catalog.datasets there
    where ${readable === "all" ? sql`true` : sql`there.name = any(${[...readable]}::text[])`}
      and there.name ~ any(shown.datasets) and ${personMay(sql, sql`shown.owner`, "contribute", sql`there.name`)})
  order by shown.document, shown.tag`);

/**
 * Refuses `result(…)` of a tag that nobody shows to the asker, of one that has no value, and of one that several documents have.
 * @throws Problem `invalid` with the nearest names
 */
export const requireResults = async (
  sql: Sql,
  readable: ReadableDatasets,
  { ast }: Pick<Expression, "ast">,
): Promise<void> => {
  const wanted = resultsOf(ast);
  if (wanted.length === 0) return;
  const tags = await visibleTags(sql, readable);
  for (const one of wanted) {
    const named = tags.filter(({ tag }) => tag === one.tag);
    const meant = named.filter(({ document }) => one.document === null || one.document === document);
    const [first, other] = meant;
    if (first === undefined) throw unknownResult(one.tag, one.document, tags);
    const { document, tag, kind } = first;
    if (other !== undefined)
      throw refusal(
        `Several documents show ${tag}: ${meant.map((each) => each.document).join(", ")}`,
        `Write ${resultName({ tag, document })}.`,
        tag,
      );
    if (kind !== "metric")
      throw refusal(
        `The tag ${tag} of ${document} shows a ${kind}, which has no value to ask for`,
        "Ask for a tag of the kind metric: `rollerblade fields result` lists them.",
        tag,
      );
  }
};

const refusal = (message: string, next: string, subject: string): Problem =>
  new Problem({ code: "invalid", message: `${message}.`, subject, next });

const unknownResult = (tag: string, document: string | null, tags: readonly VisibleTag[]): Problem => {
  const elsewhere = tags.filter((one) => one.tag === tag).map((one) => one.document);
  const [near] = document === null ? [] : nearestNames(document, elsewhere);
  const metrics = tags.filter(({ kind }) => kind === "metric").map((one) => one.tag);
  const message =
    elsewhere.length > 0
      ? `The document ${document ?? ""} shows no ${tag}${near === undefined ? `; ${elsewhere.join(", ")} does` : `; did you mean ${near}?`}`
      : `No pipeline document that you see the results of has the tag "${tag}"${didYouMean(tag, metrics)}`;
  return new Problem({
    code: "invalid",
    message: /[.?]$/.test(message) ? message : `${message}.`,
    subject: tag,
    next: "See what can be asked with `rollerblade fields result`.",
  });
};

type ResultRow = Omit<KnownField, "name" | "types" | "examples"> & {
  readonly document: string;
  readonly tag: string;
  readonly title: string;
  readonly unit: string | null;
  readonly types: string[] | null;
  readonly count: number;
  readonly examples: readonly (readonly [string, number])[] | null;
};

/** The results that can be asked in the datasets that one may read, each as the field that it is in expressions. */
export const resultFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  dataset: string | undefined,
): Promise<(KnownField & Meaning)[]> => {
  const inside = within(readable, dataset === undefined ? undefined : [dataset]);
  const rows = await rowsOrNone(sql<ResultRow[]>`
    with visible as (
      select document, tag, dataset, value, case jsonb_typeof(value) when 'string' then 'text' else jsonb_typeof(value) end as type
      from tagger.results_v1 shown
      where ${personMay(sql, sql`shown.owner`, "contribute", sql`shown.dataset`)}
        and ${readable === "all" ? sql`true` : sql`shown.datasets <@ ${[...readable]}::text[]`}
        and ${inside === "all" ? sql`true` : sql`shown.dataset = any(${[...inside]}::text[])`}
    ), counted as (
      select document, tag, value #>> '{}' as text, count(*) as count from visible where type <> 'number' group by 1, 2, 3
    ), frequent as (
      select document, tag, jsonb_agg(jsonb_build_array(text, count) order by count desc, text) as examples from (
        select *, row_number() over (partition by document, tag order by count desc, text) as place from counted) as ranked
      where place <= 10 group by document, tag
    )
    select known.document, known.tag, known.title, known.unit, array_agg(distinct visible.type) filter (where visible.type is not null) as types,
      count(distinct visible.dataset)::int as datasets, count(visible.value)::int8 as count,
      min(case when visible.type = 'number' then (visible.value)::float8 end) as low,
      max(case when visible.type = 'number' then (visible.value)::float8 end) as high, min(frequent.examples::text)::jsonb as examples
    from tagger.tags_v1 known
    left join visible on visible.document = known.document and visible.tag = known.tag
    left join frequent on frequent.document = known.document and frequent.tag = known.tag
    where known.kind = 'metric' and exists (
      select from catalog.datasets there
      where ${inside === "all" ? sql`true` : sql`there.name = any(${[...inside]}::text[])`}
        and there.name ~ any(known.datasets) and ${personMay(sql, sql`known.owner`, "contribute", sql`there.name`)})
    group by known.document, known.tag, known.title, known.unit order by known.tag, known.document`);
  const shared = new Set(
    rows.filter(({ tag }, at) => rows.some((row, i) => row.tag === tag && i !== at)).map(({ tag }) => tag),
  );
  return rows.map(({ document, tag, title, unit, types, examples, ...counts }) => ({
    ...counts,
    name: resultName({ tag, document: shared.has(tag) ? document : null }),
    types: types ?? ["number"],
    examples: (examples ?? []).map(([value, count]) => ({ value, count })),
    ...{ description: title, units: unit, levels: {} },
  }));
};
