import { type TagSummary, taggerRoutes } from "@rollerblade/client";
import {
  cursorText,
  implement,
  pageOf,
  personMay,
  readCursor,
  type ServiceContext,
  writeCursor,
} from "@rollerblade/service-kit";
import { z } from "zod";

/** A tag, with what tells apart the settings of one version. */
type TagRow = TagSummary & { readonly parametersHash: string };

/** What tags are ordered by. */
const place = z.tuple([cursorText, z.int(), cursorText, cursorText]);

/** What is shown of the outputs in a dataset. */
export const serveTags = (context: ServiceContext): void => {
  implement(context, taggerRoutes.listTags, async ({ principal, query: { dataset, limit, after } }) => {
    await context.authorize(principal, "read", { kind: "dataset", name: dataset });
    const [document, position, version, settings] = after === undefined ? ["", -1, "", ""] : readCursor(after, place);
    const rows = await context.sql<TagRow[]>`
      select t.document, t.name as tag, t.position, t.title, t.description, t.show ->> 'kind' as kind, t.analysis, s.version, t.output,
        s.parameters_hash
      from tagger.tags t join tagger.shown s on s.document = t.document and s.tag = t.name
      join tagger.documents applied on applied.name = t.document
      where ${dataset} ~ any(t.datasets)
        and ${personMay(context.sql, context.sql`applied.owner`, "contribute", context.sql`${dataset}`)}
        and (t.document collate "C", t.position, s.version collate "C", s.parameters_hash collate "C")
          > (${document}, ${position}, ${version}, ${settings})
      order by t.document collate "C", t.position, s.version collate "C", s.parameters_hash collate "C" limit ${limit + 1}`;
    return pageOf(rows, limit, (row) => writeCursor([row.document, row.position, row.version, row.parametersHash]));
  });
};
