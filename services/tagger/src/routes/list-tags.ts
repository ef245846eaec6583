import { type TagSummary, taggerRoutes } from "@rollerblade/client";
import { implement, personMay, type ServiceContext } from "@rollerblade/service-kit";

/** What is shown of the outputs in a dataset. */
export const serveTags = (context: ServiceContext): void => {
  implement(context, taggerRoutes.listTags, async ({ principal, query }) => {
    await context.authorize(principal, "read", { kind: "dataset", name: query.dataset });
    const items = await context.sql<TagSummary[]>`
      select t.document, t.name as tag, t.position, t.title, t.description, t.show ->> 'kind' as kind, t.analysis, s.version, t.output
      from tagger.tags t join tagger.shown s on s.document = t.document and s.tag = t.name
      join tagger.documents applied on applied.name = t.document
      where ${query.dataset} ~ any(t.datasets)
        and ${personMay(context.sql, context.sql`applied.owner`, "contribute", context.sql`${query.dataset}`)}
      order by t.document collate "C", t.position, s.version, s.parameters_hash`;
    return { items: [...items] };
  });
};
