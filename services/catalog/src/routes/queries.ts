import { catalogRoutes } from "@rollerblade/client";
import { compileExpression, queryFields } from "@rollerblade/query";
import { implement, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { within } from "../datasets/readable-datasets.ts";
import { queryFiles } from "../export/query-files.ts";
import { requirePinned } from "../export/require-pinned.ts";
import { requireSeen, unseenFields } from "../fields/require-seen.ts";
import { explainQuery } from "../query/explain.ts";
import { filePage } from "../query/file-page.ts";
import type { Reader } from "../query/reader.ts";
import { sliceFacts } from "../query/slice-facts.ts";
import { countSlices, type SliceQuery, slicePage } from "../query/slice-page.ts";
import { type PinRow, resolveAsked } from "../saved/find-saved.ts";
import { type PinnedQuery, pinnedFacts, pinnedPage, requireLevel } from "../saved/pinned-page.ts";

/** How long the count of all that a query finds may take. */
export type QuerySettings = { readonly countSeconds: number };

type Context = ServiceContext<QuerySettings>;
type Body = {
  readonly expression: string;
  readonly level: SliceQuery["level"] | "file";
  readonly datasets?: readonly string[] | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
};

/** A question whose names are resolved: to be answered from what there is now, or from a pin. */
type Question = { readonly pin: PinRow | null; readonly query: SliceQuery };

const questionOf = async (context: Context, principal: Principal, body: Body): Promise<Question> => {
  const mayRead = await context.readable(principal, "dataset");
  const asked = await resolveAsked(context, principal, body.expression);
  const query = {
    expression: asked.kind === "pin" ? asked.pin.expression : asked.expression,
    level: body.level === "file" ? "scan" : body.level,
    readable: within(mayRead, body.datasets),
    mayRead,
    limit: body.limit,
    after: body.after,
  } as const;
  return { pin: asked.kind === "pin" ? asked.pin : null, query };
};

const pinnedQuery = (pin: PinRow, query: SliceQuery): PinnedQuery => {
  requireLevel(pin, query.level);
  return { ...query, pin };
};

/** Slices that hold very many scans (whole datasets) come in smaller pages, so that an answer stays an answer. */
const mostScans = 5_000;

type Page = Awaited<ReturnType<typeof slicePage>>;

const filled = async (page: Page, again: (limit: number) => Promise<Page>): Promise<Page> => {
  let scans = 0;
  const fitting = page.items.findIndex((item) => {
    scans += item.scans;
    return scans > mostScans;
  });
  return fitting > 0 ? again(fitting) : page;
};

const pages = (context: Context, reader: Reader): void => {
  const { sql, config } = context;
  implement(context, catalogRoutes.runQuery, async ({ principal, body }) => {
    const { pin, query } = await questionOf(context, principal, body);
    const none = { total: null, unknown: null };
    if (pin !== null) return { ...shown(await pinnedPage(sql, pinnedQuery(pin, query))), ...none };
    await requireSeen(sql, query.mayRead, query.expression);
    if (body.level === "file") return { ...shown(await filePage(reader, query)), ...none };
    const counts = body.count ? countSlices(reader, query, config.countSeconds) : none;
    const [page, counted] = await Promise.all([slicePage(reader, query), counts]);
    return { ...shown(page), ...counted };
  });
};

const shown = ({ items, next }: Page) => ({
  items: items.map((item) => ({ ...item, suffixes: [...item.suffixes] })),
  next,
});

const slices = (context: Context, reader: Reader): void => {
  const { sql } = context;
  implement(context, catalogRoutes.querySlices, async ({ principal, body }) => {
    const { pin, query } = await questionOf(context, principal, body);
    const refs = ({ items }: Page) => items.map(({ slice }) => slice);
    if (pin !== null) {
      const asked = pinnedQuery(pin, query);
      const page = await filled(await pinnedPage(sql, asked), (limit) => pinnedPage(sql, { ...asked, limit }));
      return { items: await pinnedFacts(sql, asked, refs(page)), next: page.next };
    }
    await requireSeen(sql, query.mayRead, query.expression);
    const page = await filled(await slicePage(reader, query), (limit) => slicePage(reader, { ...query, limit }));
    return { items: await sliceFacts(sql, refs(page), query.level, query.mayRead), next: page.next };
  });
};

/** Questions to the catalog: slices as a table, as facts, and as a BIDS tree. */
export const queryRoutes = (context: Context, reader: Reader): void => {
  const { sql, objects } = context;
  pages(context, reader);
  slices(context, reader);
  implement(context, catalogRoutes.queryFiles, async ({ principal, body }) => {
    const { query, pin } = await questionOf(context, principal, body);
    if (pin === null) await requireSeen(sql, query.mayRead, query.expression);
    else if (body.after === undefined) await requirePinned(sql, pin, query.readable);
    const { publicUrl } = context.settings;
    return queryFiles({ reader, objects }, { ...query, pin, derivatives: body.derivatives, publicUrl }, body.after);
  });
  implement(context, catalogRoutes.checkQuery, async ({ principal, body }) => {
    const { query } = await questionOf(context, principal, body);
    const { expression } = query;
    const fields = expression.trim() === "" ? [] : compileExpression(expression, queryFields).fields;
    const { values, ...explained } = await explainQuery(reader, query, body.level === "file");
    return {
      fields: [...fields],
      unseen: await unseenFields(sql, query.mayRead, expression),
      values: values.map((value) => (typeof value === "object" ? [...value] : value)),
      ...explained,
    };
  });
};
