import { sliceKey } from "@rollerblade/abids/facts";
import { catalogRoutes, type QueryLevel } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Column, Expression } from "@rollerblade/query";
import { implement, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { within } from "../datasets/readable-datasets.ts";
import { withOutdated } from "../derivatives/with-outdated.ts";
import type { Selection } from "../export/found-scans.ts";
import { queryFiles } from "../export/query-files.ts";
import { requirePinned } from "../export/require-pinned.ts";
import { requireResults } from "../fields/known-results.ts";
import { requireDatasets } from "../fields/require-possible.ts";
import { requireSeen, requireSeenFields, unseenFields } from "../fields/require-seen.ts";
import { missingAnalyses, whyNothing } from "../fields/why-nothing.ts";
import { compileColumns, compilePinnedColumns, valuesOfSlices } from "../query/column-values.ts";
import { countGroups } from "../query/count-groups.ts";
import { explainQuery } from "../query/explain.ts";
import { filePage } from "../query/file-page.ts";
import { withMatchedScans } from "../query/matched-scans.ts";
import { compileQuery, type PageQuery, type SliceQuery } from "../query/question.ts";
import type { Reader } from "../query/reader.ts";
import { sliceFacts } from "../query/slice-facts.ts";
import { countSlices, slicePage } from "../query/slice-page.ts";
import { type Asked, type PinRow, resolveAsked } from "../saved/find-saved.ts";
import { type PinnedQuery, pinnedFacts, pinnedPage, requireLevel } from "../saved/pinned-page.ts";

/** How long the count of all that a query finds may take. */
export type QuerySettings = { readonly countSeconds: number };

type Context = ServiceContext<QuerySettings>;
type Body = {
  readonly expression: string;
  readonly level?: QueryLevel | undefined;
  readonly datasets?: readonly string[] | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
};

/** A question whose names are resolved: to be answered from what there is now, or from a pin. */
type Question = {
  readonly asked: Asked;
  readonly page: PageQuery;
  /** The level that was asked for, or that the saved query has; files are found by their scans. */
  readonly level: QueryLevel;
};

const questionOf = async (context: Context, principal: Principal, body: Body): Promise<Question> => {
  const mayRead = await context.readable(principal, "dataset");
  await requireDatasets(context.sql, mayRead, body.datasets ?? []);
  const asked = await resolveAsked(context, principal, body.expression);
  const level = body.level ?? asked.level ?? "scan";
  return {
    asked,
    level,
    page: {
      level: level === "file" ? "scan" : level,
      readable: within(mayRead, body.datasets),
      mayRead,
      limit: body.limit,
      after: body.after,
    },
  };
};

const pinnedQuery = (pin: PinRow, page: PageQuery): PinnedQuery => {
  requireLevel(pin, page.level);
  return { ...page, pin };
};

/** The question to what there is now. @throws Problem `invalid` for a field that none of one's datasets has */
const seenQuery = async (sql: Sql, expression: Expression, page: PageQuery): Promise<SliceQuery> => {
  await requireSeen(sql, page.mayRead, expression);
  return { ...page, expression };
};

/** Slices that hold very many scans (whole datasets) come in smaller pages, so that an answer stays an answer. */
const maxPageScans = 5_000;

type Page = Awaited<ReturnType<typeof slicePage>>;

const filled = async (page: Page, again: (limit: number) => Promise<Page>): Promise<Page> => {
  let scans = 0;
  const fitting = page.items.findIndex((item) => {
    scans += item.scans;
    return scans > maxPageScans;
  });
  return fitting > 0 ? again(fitting) : page;
};

const pages = (context: Context, shared: Reader): void => {
  const { sql, config } = context;
  implement(context, catalogRoutes.runQuery, async ({ principal, body }) => {
    const reader = shared.as(principal);
    const { asked, page, level } = await questionOf(context, principal, body);
    const expression = asked.kind === "pin" ? body.expression.trim() : asked.expression.source;
    const none = { expression, level, total: null, unknown: null };
    if (asked.kind === "pin")
      return { ...none, ...shown(await pinnedColumns(sql, pinnedQuery(asked.pin, page), body.columns)) };
    const columns = await seenColumns(sql, page, body.columns);
    const query = { ...(await seenQuery(sql, asked.expression, page)), columns };
    if (level === "file") return { ...none, ...shown(await filePage(reader, query)) };
    const counts = body.count ? countSlices(reader, query, config.countSeconds) : {};
    const [found, counted] = await Promise.all([slicePage(reader, query), counts]);
    const isNothing = found.items.length === 0 && body.after === undefined;
    const notices = await (isNothing ? whyNothing : missingAnalyses)(sql, page.readable, asked.expression);
    return { ...none, ...shown(found), ...counted, notices };
  });
};

const shown = ({ items, next }: Page) => ({
  items: items.map(({ values, ...item }) => ({
    ...item,
    suffixes: [...item.suffixes],
    ...(values !== undefined && { values: [...values] }),
  })),
  next,
});

/** The columns of a result. @throws Problem `invalid` for a field that none of one's datasets has */
const seenColumns = async (sql: Sql, { mayRead }: PageQuery, sources: readonly string[]): Promise<Column[]> => {
  const columns = compileColumns(sources);
  for (const column of columns) {
    await requireResults(sql, mayRead, column);
    await requireSeenFields(sql, mayRead, column);
  }
  return columns;
};

const pinnedColumns = async (sql: Sql, query: PinnedQuery, sources: readonly string[]): Promise<Page> => {
  const columns = compilePinnedColumns(sources);
  const page = await pinnedPage(sql, query);
  if (columns.length === 0) return page;
  const refs = page.items.map(({ slice }) => slice);
  const values = valuesOfSlices(await pinnedFacts(sql, query, refs, false), columns);
  return { ...page, items: page.items.map((item) => ({ ...item, values: values.get(sliceKey(item.slice)) ?? [] })) };
};

const counts = (context: Context, shared: Reader): void => {
  const { sql } = context;
  implement(context, catalogRoutes.countQuery, async ({ principal, body }) => {
    const { asked, page } = await questionOf(context, principal, body);
    if (asked.kind === "pin") throw uncounted(asked.pin);
    const by = await seenColumns(sql, page, body.by);
    const query = await seenQuery(sql, asked.expression, page);
    const { items, next } = await countGroups(shared.as(principal), query, by);
    return { items: items.map((item) => ({ ...item, values: [...item.values] })), next };
  });
};

const uncounted = ({ query, pin }: PinRow): Problem =>
  new Problem({
    code: "invalid",
    message: "A pin is listed, and not counted by values.",
    subject: `${query}@${pin}`,
    next: `Count ${query}, or list the pin with columns.`,
  });

const slices = (context: Context, shared: Reader): void => {
  const { sql } = context;
  implement(context, catalogRoutes.querySlices, async ({ principal, body }) => {
    const reader = shared.as(principal);
    const { asked, page } = await questionOf(context, principal, body);
    const refs = ({ items }: Page) => items.map(({ slice }) => slice);
    if (asked.kind === "pin") {
      const query = pinnedQuery(asked.pin, page);
      const found = await filled(await pinnedPage(sql, query), (limit) => pinnedPage(sql, { ...query, limit }));
      const items = await withOutdated(sql, await pinnedFacts(sql, query, refs(found), body.derivatives));
      return { items, next: found.next };
    }
    const query = await seenQuery(sql, asked.expression, page);
    const found = await filled(await slicePage(reader, query), (limit) => slicePage(reader, { ...query, limit }));
    const facts = await sliceFacts(sql, refs(found), query.level, query.mayRead, body.derivatives);
    const items = await withOutdated(sql, await withMatchedScans(reader, query, found.items, facts));
    return { items, next: found.next };
  });
};

/** Questions to the catalog: slices as a table, as facts, and as a BIDS tree. */
export const queryRoutes = (context: Context, reader: Reader): void => {
  const { sql, objects } = context;
  pages(context, reader);
  counts(context, reader);
  slices(context, reader);
  implement(context, catalogRoutes.queryFiles, async ({ principal, body }) => {
    const { asked, page } = await questionOf(context, principal, body);
    if (asked.kind !== "pin") await requireSeen(sql, page.mayRead, asked.expression);
    else if (body.after === undefined) await requirePinned(sql, asked.pin, page.readable);
    const selection: Selection = asked.kind === "pin" ? asked : { ...asked, kind: "expression" };
    const { publicUrl } = context.settings;
    return queryFiles(
      { reader: reader.as(principal), objects },
      { ...page, selection, derivatives: body.derivatives, publicUrl },
      body.after,
    );
  });
  implement(context, catalogRoutes.checkQuery, async ({ principal, body }) => {
    const { asked, page, level } = await questionOf(context, principal, body);
    const expression = asked.kind === "pin" ? compileQuery(asked.pin.expression) : asked.expression;
    const { values, ...explained } = await explainQuery(
      reader.as(principal),
      { ...page, expression },
      level === "file",
    );
    return {
      fields: [...expression.fields],
      unseen: await unseenFields(sql, page.mayRead, expression),
      values: values.map((value) => (typeof value === "object" ? [...value] : value)),
      ...explained,
    };
  });
};
