/** The names of all services. A service's schema, environment variables and metrics carry its own. */
export const serviceNames = [
  "accounts",
  "catalog",
  "gateway",
  "ingest",
  "pipeline-router",
  "scheduler",
  "tagger",
] as const;

/** The name of a service. */
export type ServiceName = (typeof serviceNames)[number];
