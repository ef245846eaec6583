import type { Level } from "@rollerblade/abids/facts";
import { readQueryReference } from "@rollerblade/client";
import type { Fragment, Queryable, Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Expression } from "@rollerblade/query";
import { isWithinLimits, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { compileQuery } from "../query/question.ts";

/** A saved query as it stands in the table. */
export type SavedRow = {
  readonly owner: string;
  readonly name: string;
  readonly expression: string;
  readonly level: Level;
  readonly description: string;
  readonly updatedAt: Date;
};

/** A pin as it stands in the table. */
export type PinRow = {
  readonly id: string;
  readonly query: string;
  readonly pin: string;
  readonly expression: string;
  readonly level: Level;
  readonly pinnedBy: string;
  readonly createdAt: Date;
};

/**
 * Who owns a query of `catalog.saved_queries`, as an expression of a statement in which that table is named `saved`: a query may have been
 * given to somebody else since it was saved, which accounts knows.
 */
export const ownerOfSaved = (sql: Queryable): Fragment => sql`coalesce(
  (select owned.owner from accounts.resources_v1 as owned where owned.kind = 'query' and owned.name = saved.name), saved.owner)`;

/** The columns of {@link SavedRow}, as `ownerOfSaved`. */
export const savedColumns = (sql: Queryable): Fragment =>
  sql`${ownerOfSaved(sql)} as owner, saved.name, saved.expression, saved.level, saved.description, saved.updated_at`;

const noQuery = (name: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no saved query "${name}".`,
    subject: name,
    next: "List them with `rollerblade query list`.",
  });

/** A saved query that somebody may use: their own, or one that was granted. @throws Problem `not-found` */
export const findSaved = async (
  { sql, readable }: Pick<ServiceContext, "sql" | "readable">,
  principal: Principal,
  name: string,
): Promise<SavedRow> => {
  const [row] = await sql<SavedRow[]>`
    select ${savedColumns(sql)} from catalog.saved_queries as saved where saved.name = ${name}`;
  if (row === undefined) throw noQuery(name);
  if (principal.admin || (row.owner === principal.name && isWithinLimits(principal, { kind: "query", name })))
    return row;
  const granted = await readable(principal, "query");
  if (granted === "all" || granted.includes(name)) return row;
  throw noQuery(name);
};

/** A pin of a saved query that somebody may use. @throws Problem `not-found` */
export const findPin = async (sql: Sql, query: string, pin: string): Promise<PinRow> => {
  const [row] = await sql<PinRow[]>`select * from catalog.query_pins where query = ${query} and pin = ${pin}`;
  if (row !== undefined) return row;
  throw new Problem({
    code: "not-found",
    message: `The query "${query}" has no pin "${pin}".`,
    subject: `${query}@${pin}`,
    next: `List them with \`rollerblade query show ${query}\`.`,
  });
};

/** What a person asked, with its expression compiled, or a pin. */
export type Asked =
  | { readonly kind: "expression"; readonly expression: Expression; readonly level: null }
  | { readonly kind: "saved"; readonly expression: Expression; readonly level: Level }
  | { readonly kind: "pin"; readonly pin: PinRow; readonly level: Level };

/** Finds what a text names, or compiles it as an expression. @throws Problem `not-found`, or `invalid` for a faulty expression */
export const resolveAsked = async (
  context: Pick<ServiceContext, "sql" | "readable">,
  principal: Principal,
  source: string,
): Promise<Asked> => {
  const named = readQueryReference(source);
  if (named === null) return { kind: "expression", expression: compileQuery(source), level: null };
  const { expression, level } = await findSaved(context, principal, named.name);
  if (named.pin === null) return { kind: "saved", expression: compileQuery(expression), level };
  const pin = await findPin(context.sql, named.name, named.pin);
  return { kind: "pin", pin, level: pin.level };
};
