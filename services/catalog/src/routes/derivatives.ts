import { catalogRoutes, type DerivativeSummary } from "@rollerblade/client";
import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { type DerivativeRow, derivativeFactsOf, sourcesOf } from "../derivatives/derivative-row.ts";
import { withdrawMadeFrom } from "../derivatives/withdraw.ts";
import { pageOf, readCursor } from "../query/cursor.ts";
import { filter } from "./listings.ts";

/** What was derived, in force or not, and the route that takes it back. */
export const derivativeRoutes = (context: ServiceContext): void => {
  const { sql, readable } = context;
  implement(context, catalogRoutes.listDerivatives, async ({ principal, query }) => {
    const names = await readable(principal, "dataset");
    const { analysis, output, datatype, state, outdated, idPrefix } = query;
    const { after, ...filters } = query;
    const [afterDataset = "", afterPath = "", afterId = ""] = after === undefined ? [] : readCursor(after, 3);
    const rows = await sql<Shown[]>`
      select d.*, ${sourcesOf(sql)} from catalog.derivatives d
      where ${filter(sql, names, filters)} and state = ${state} and ${mayRead(sql, names)}
        ${analysis === undefined ? sql`` : sql`and analysis = ${analysis}`}
        ${output === undefined ? sql`` : sql`and output = ${output}`}
        ${datatype === undefined ? sql`` : sql`and datatype = ${datatype}`}
        ${outdated === undefined ? sql`` : sql`and outdated = ${outdated}`}
        ${idPrefix === undefined ? sql`` : sql`and starts_with(id::text, ${idPrefix})`}
        ${after === undefined ? sql`` : sql`and (dataset, path, id::text) > (${afterDataset}, ${afterPath}, ${afterId})`}
      order by dataset, path, id::text limit ${query.limit + 1}`;
    const page = pageOf(rows, query.limit, ({ dataset, path, id }) => [dataset, path, id]);
    return { ...page, items: page.items.map(summaryOf) };
  });
  implement(context, catalogRoutes.showDerivative, async ({ principal, params: { derivative: id } }) => {
    const names = await readable(principal, "dataset");
    const [row] = await sql<Shown[]>`
      select d.*, ${sourcesOf(sql)} from catalog.derivatives d where id = ${id} and ${mayRead(sql, names)}`;
    if (row === undefined) throw noDerivative(id);
    return summaryOf(row);
  });
  withdraw(context);
};

type Shown = DerivativeRow & {
  readonly outdated: boolean;
  readonly withdrawnReason: string | null;
  readonly withdrawnBy: string | null;
};

/** Whether somebody may read all that a derivative comes of. */
const mayRead = (sql: Sql, names: ReadableDatasets) =>
  names === "all" ? sql`true` : sql`datasets <@ ${[...names]}::text[]`;

const summaryOf = (row: Shown): DerivativeSummary => ({
  ...derivativeFactsOf(row),
  state: row.state,
  outdated: row.outdated,
  createdAt: row.createdAt.toISOString(),
  withdrawnReason: row.withdrawnReason,
  withdrawnBy: row.withdrawnBy,
});

/**
 * The route by which a contributor takes back a result: a person judged it to be wrong, and data say nothing of that. What was made from
 * it goes with it, in other datasets too, as it does when a scan is removed; the answer counts only what the person may read.
 */
const withdraw = ({ authorize, readable, sql, events, ...context }: ServiceContext): void =>
  implement(context, catalogRoutes.withdrawDerivative, async ({ principal, params: { derivative: id }, body }) => {
    const names = await readable(principal, "dataset");
    const [row] = await sql<{ dataset: string }[]>`
      select dataset from catalog.derivatives where id = ${id} and ${mayRead(sql, names)}`;
    if (row === undefined) throw noDerivative(id);
    const { dataset } = row;
    await authorize(principal, "contribute", { kind: "dataset", name: dataset });
    const by = principal.name;
    const reason = body.reason === "" ? `${by} withdrew it.` : body.reason;
    return transaction(sql, async (tx) => {
      await lockDatasets(tx, [dataset]);
      const gone = await withdrawMadeFrom(tx, events, { dataset, ids: [id], by, reason });
      const rows = await tx`select from catalog.derivatives where id = any(${gone}::uuid[]) and ${mayRead(sql, names)}`;
      return { withdrawn: rows.length };
    });
  });

const noDerivative = (id: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no derivative ${id}.`,
    subject: id,
    next: "List those of a dataset: GET /v1/derivatives?dataset=NAME.",
  });
