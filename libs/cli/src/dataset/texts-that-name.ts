import { catalogRoutes, readAll, routerRoutes } from "@rollerblade/client";
import type { Server } from "../server/find-server.ts";

/** A saved query or a pipeline document. */
export type WrittenText = { readonly kind: "query" | "pipeline"; readonly name: string };

/**
 * The places where a person is named: `sub-01`, or the label as a text of its own, as in `subject.label == "01"`. Labels hold letters, digits
 * and `+` (BIDS, "Common principles").
 */
export const namePattern = (label: string): RegExp => {
  const escaped = label.replaceAll("+", "\\+");
  return new RegExp(`\\bsub-${escaped}(?![A-Za-z0-9+])|(["'])${escaped}\\1`);
};

/**
 * Finds the saved queries and pipeline documents that name a person, of those that one may read. A deletion leaves them as people wrote them:
 * whether they speak of this person or of another one with the same label, nobody else can tell.
 */
export const textsThatName = async (server: Server, label: string): Promise<WrittenText[]> => {
  const pattern = namePattern(label);
  const page = (after: string | undefined) => ({ query: { limit: 1000, after } });
  const queries = await readAll((after) => server.call(catalogRoutes.listSavedQueries, page(after)));
  const documents = await readAll((after) => server.call(routerRoutes.listPipelines, page(after)));
  const sources = await Promise.all(
    documents.map(({ name }) => server.call(routerRoutes.showPipeline, { params: { name } })),
  );
  return [
    ...queries
      .filter(({ expression, description }) => pattern.test(`${expression}\n${description}`))
      .map(({ name }) => ({ kind: "query" as const, name })),
    ...sources.filter(({ source }) => pattern.test(source)).map(({ name }) => ({ kind: "pipeline" as const, name })),
  ];
};
