/** All services by name. Each is loaded only when it is to run: a command line that merely asks one loads none. */
export const services = {
  accounts: async () => (await import("../services/accounts/src/index.ts")).accounts,
  catalog: async () => (await import("../services/catalog/src/index.ts")).catalog,
  ingest: async () => (await import("../services/ingest/src/index.ts")).ingest,
  scheduler: async () => (await import("../services/scheduler/src/index.ts")).scheduler,
  "pipeline-router": async () => (await import("../services/pipeline-router/src/index.ts")).pipelineRouter,
  tagger: async () => (await import("../services/tagger/src/index.ts")).tagger,
  gateway: async () => (await import("../services/gateway/src/index.ts")).gateway,
} as const;

/** The tables of all services that have some, known without loading any service. */
export const schemas = (["accounts", "catalog", "ingest", "scheduler", "pipeline-router", "tagger"] as const).map(
  (name) => ({
    schema: name.replaceAll("-", "_"),
    migrations: new URL(`../services/${name}/migrations/`, import.meta.url),
  }),
);
