import { catalogRoutes } from "@rollerblade/client";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { knownFields } from "../fields/known-fields.ts";
import { meaningsOf } from "../fields/meanings.ts";

/** What can be asked. */
export const fieldRoutes = (context: ServiceContext): void => {
  const { sql, readable } = context;
  implement(context, catalogRoutes.listFields, async ({ principal, query }) => {
    const names = await readable(principal, "dataset");
    const fields = await knownFields(sql, names, query);
    const meaning = await meaningsOf(sql, names, query.dataset);
    return { items: fields.map((field) => ({ ...field, ...meaning(field.name) })) };
  });
};
