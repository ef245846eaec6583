import type { Level } from "@rollerblade/analysis";
import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { compileExpression } from "@rollerblade/query";
import { implement, type ServiceContext } from "@rollerblade/service-kit";

type SavedRow = {
  readonly name: string;
  readonly expression: string;
  readonly level: Level;
  readonly description: string;
  readonly updatedAt: Date;
};

const savedOf = ({ updatedAt, ...row }: SavedRow) => ({ ...row, updatedAt: updatedAt.toISOString() });

const noQuery = (name: string): Problem =>
  new Problem({
    code: "not-found",
    message: `You have no query "${name}".`,
    subject: name,
    next: "List them with `rollerblade query list`.",
  });

/** Queries that people gave a name; each sees their own. */
export const savedQueryRoutes = (context: ServiceContext): void => {
  const { sql } = context;
  implement(context, catalogRoutes.listSavedQueries, async ({ principal, query }) => {
    const rows = await sql<SavedRow[]>`
      select name, expression, level, description, updated_at from catalog.saved_queries
      where owner = ${principal.name} and name > ${query.after ?? ""} order by name limit ${query.limit + 1}`;
    const items = rows.slice(0, query.limit);
    return { items: items.map(savedOf), next: rows.length > query.limit ? (items.at(-1)?.name ?? null) : null };
  });
  implement(context, catalogRoutes.showSavedQuery, async ({ principal, params }) => {
    const [row] = await sql<SavedRow[]>`
      select name, expression, level, description, updated_at from catalog.saved_queries
      where owner = ${principal.name} and name = ${params.name}`;
    if (row === undefined) throw noQuery(params.name);
    return savedOf(row);
  });
  implement(context, catalogRoutes.saveQuery, async ({ principal, params, body }) => {
    if (body.expression.trim() !== "") compileExpression(body.expression);
    const [row] = await sql<SavedRow[]>`
      insert into catalog.saved_queries (owner, name, expression, level, description)
      values (${principal.name}, ${params.name}, ${body.expression}, ${body.level}, ${body.description})
      on conflict (owner, name) do update set expression = excluded.expression, level = excluded.level,
        description = excluded.description, updated_at = now()
      returning name, expression, level, description, updated_at`;
    if (row === undefined) throw noQuery(params.name);
    return savedOf(row);
  });
  implement(context, catalogRoutes.deleteSavedQuery, async ({ principal, params }) => {
    const gone =
      await sql`delete from catalog.saved_queries where owner = ${principal.name} and name = ${params.name} returning name`;
    if (gone.length === 0) throw noQuery(params.name);
    return undefined;
  });
};
