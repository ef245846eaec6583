import type { Level } from "@rollerblade/abids/facts";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";

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
  const [row] = await sql<SavedRow[]>`select * from catalog.saved_queries where name = ${name}`;
  if (row === undefined) throw noQuery(name);
  if (principal.admin || row.owner === principal.name) return row;
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

const reference = /^([A-Za-z0-9][A-Za-z0-9_-]{0,62})(?:@([A-Za-z0-9][A-Za-z0-9._:-]{0,62}))?$/;

/** What a person asked: an expression, a saved query, or a pin. */
export type Asked =
  | { readonly kind: "expression"; readonly expression: string }
  | { readonly kind: "saved"; readonly expression: string; readonly level: Level }
  | { readonly kind: "pin"; readonly pin: PinRow };

/** Tells names from expressions: no expression is a single word, but for true and false. @throws Problem `not-found` */
export const resolveAsked = async (
  context: Pick<ServiceContext, "sql" | "readable">,
  principal: Principal,
  source: string,
): Promise<Asked> => {
  const text = source.trim();
  const [, name, pin] = reference.exec(text) ?? [];
  if (name === undefined || text === "true" || text === "false") return { kind: "expression", expression: source };
  const saved = await findSaved(context, principal, name);
  if (pin !== undefined) return { kind: "pin", pin: await findPin(context.sql, name, pin) };
  return { kind: "saved", expression: saved.expression, level: saved.level };
};
