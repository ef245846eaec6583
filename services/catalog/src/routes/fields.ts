import { catalogRoutes } from "@rollerblade/client";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { knownFields } from "../fields/known-fields.ts";
import { resultFields } from "../fields/known-results.ts";
import { meaningsOf } from "../fields/meanings.ts";
import { pageOf, readCursor } from "../query/cursor.ts";

/** What can be asked. */
export const fieldRoutes = (context: ServiceContext): void => {
  const { sql, readable } = context;
  implement(context, catalogRoutes.listFields, async ({ principal, query }) => {
    const names = await readable(principal, "dataset");
    const [after = ""] = query.after === undefined ? [] : readCursor(query.after, 1);
    const fields = await knownFields(sql, names, { ...query, after, limit: query.limit + 1 });
    const meaning = await meaningsOf(sql, names, query.dataset);
    const results = (await resultFields(sql, names, query.dataset)).filter(
      ({ name }) => name.startsWith(query.prefix) && name > after,
    );
    const all = [...fields.map((field) => ({ ...field, ...meaning(field.name) })), ...results]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, query.limit + 1);
    return pageOf(all, query.limit, ({ name }) => [name]);
  });
};
