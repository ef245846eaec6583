import { z } from "zod";

/** The parts of an OpenAPI 3.1 document that are merged. */
export const openApi = z.object({
  tags: z.array(z.record(z.string(), z.unknown())).optional(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  components: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
export type OpenApi = z.output<typeof openApi>;

/** One document of all services: paths and components side by side, behind one kind of token. */
export const mergeOpenApi = (documents: readonly OpenApi[], url: string) => {
  const components: Record<string, Record<string, unknown>> = {
    securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token, like rb_…" } },
  };
  for (const document of documents) {
    for (const [kind, entries] of Object.entries(document.components ?? {})) {
      components[kind] = { ...entries, ...components[kind] };
    }
  }
  const paths = documents.flatMap((document) => Object.entries(document.paths ?? {}));
  return {
    openapi: "3.1.0",
    info: {
      title: "Rollerblade",
      version: "1",
      description:
        "Brain scans as BIDS, analyses as containers, a few lines of configuration to decide what runs next.",
    },
    servers: [{ url }],
    tags: documents.flatMap((document) => document.tags ?? []),
    paths: Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1))),
    components,
  };
};
