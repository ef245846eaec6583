import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { compileExpression, nearestNames, toSql } from "@rollerblade/query";
import { implement, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { queryFiles } from "../export/query-files.ts";
import { scanColumns } from "../query/columns.ts";
import { within } from "../query/readable-datasets.ts";
import { sliceFacts } from "../query/slice-facts.ts";
import { countSlices, type SliceQuery, slicePage } from "../query/slice-page.ts";
import { knownFields } from "./fields.ts";

/** How long a person's query may take. */
export type QuerySettings = { readonly querySeconds: number };

type Body = {
  readonly expression: string;
  readonly level: SliceQuery["level"];
  readonly datasets?: readonly string[] | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
};

const queryOf = async (
  context: ServiceContext<QuerySettings>,
  principal: Principal,
  body: Body,
): Promise<SliceQuery> => ({
  expression: await requireSeen(context, principal, body.expression),
  level: body.level,
  readable: within(await context.readable(principal, "dataset"), body.datasets),
  limit: body.limit,
  after: body.after,
  timeoutSeconds: context.config.querySeconds,
});

/** Slices that hold very many scans (whole datasets) come in smaller pages, so that an answer stays an answer. */
const mostScans = 5_000;

const filledPage = async (context: ServiceContext<QuerySettings>, query: SliceQuery) => {
  const page = await slicePage(context.sql, query);
  let scans = 0;
  const fitting = page.items.findIndex((item) => {
    scans += item.scans;
    return scans > mostScans;
  });
  return fitting > 0 ? slicePage(context.sql, { ...query, limit: fitting }) : page;
};

/** Whether the expression asks for something that none of one's datasets has: a slip that would find nothing. */
const unseenFields = async (context: ServiceContext, principal: Principal, asked: readonly string[]) => {
  if (asked.length === 0) return [];
  const seen = await knownFields(context.sql, await context.readable(principal, "dataset"), undefined);
  // Before the first dataset nothing is known, and nothing is misspelled.
  if (seen.every(({ datasets }) => datasets === null)) return [];
  const names = seen.map(({ name }) => name);
  const isSeen = (field: string): boolean =>
    names.some((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`));
  return asked.filter((field) => !isSeen(field)).map((field) => ({ field, nearest: nearestNames(field, names) }));
};

/** @throws Problem `invalid` with the nearest names, for a field that none of one's datasets has */
const requireSeen = async (context: ServiceContext, principal: Principal, source: string): Promise<string> => {
  if (source.trim() === "") return source;
  const [first, ...others] = await unseenFields(context, principal, compileExpression(source).fields);
  if (first === undefined) return source;
  const { field, nearest } = first;
  throw new Problem({
    code: "invalid",
    message: `No dataset that you may read has the field ${field}${nearest.length === 0 ? "" : `; did you mean ${nearest.join(" or ")}?`}`,
    subject: field,
    next: "What can be asked stands at /v1/fields.",
    findings: [first, ...others].map((one) => ({ where: one.field, message: "is unknown" })),
  });
};

/** Questions to the catalog: slices as a table, as facts, and as a BIDS tree. */
export const queryRoutes = (context: ServiceContext<QuerySettings>): void => {
  const { sql, objects } = context;
  implement(context, catalogRoutes.runQuery, async ({ principal, body }) => {
    const query = await queryOf(context, principal, body);
    const page = await slicePage(sql, query);
    const counts = body.count ? await countSlices(sql, query) : { total: null, unknown: null };
    return { items: page.items.map((item) => ({ ...item, suffixes: [...item.suffixes] })), next: page.next, ...counts };
  });
  implement(context, catalogRoutes.querySlices, async ({ principal, body }) => {
    const query = await queryOf(context, principal, body);
    const { items, next } = await filledPage(context, query);
    return {
      items: await sliceFacts(
        sql,
        items.map(({ slice }) => slice),
        query.level,
        await context.readable(principal, "dataset"),
      ),
      next,
    };
  });
  implement(context, catalogRoutes.queryFiles, async ({ principal, body }) => {
    const query = await queryOf(context, principal, body);
    const mayRead = await context.readable(principal, "dataset");
    const { publicUrl } = context.settings;
    return queryFiles({ sql, objects }, { ...query, derivatives: body.derivatives, mayRead, publicUrl }, body.after);
  });
  implement(context, catalogRoutes.checkQuery, async ({ principal, body }) => {
    const expression = compileExpression(body.expression);
    const { text, values } = toSql(expression, scanColumns);
    return {
      fields: [...expression.fields],
      unseen: await unseenFields(context, principal, expression.fields),
      sql: text,
      values: [...values],
    };
  });
};
