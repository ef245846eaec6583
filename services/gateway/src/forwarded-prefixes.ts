import type { ServiceName } from "@rollerblade/service-kit";

/** Which service answers what; a service of another prefix needs a line here. */
export const forwardedPrefixes: Readonly<Record<string, ServiceName>> = {
  "/v1/me": "accounts",
  "/v1/users": "accounts",
  "/v1/sign-out": "accounts",
  "/v1/tokens": "accounts",
  "/v1/resources": "accounts",
  "/v1/grants": "accounts",
  "/v1/groups": "accounts",
  "/v1/transfers": "accounts",
  "/v1/access": "accounts",
  "/v1/audit": "accounts",
  "/v1/conversions": "ingest",
  "/v1/imports": "ingest",
  "/v1/uploads": "ingest",
  "/v1/datasets": "catalog",
  "/v1/datasets/:dataset/findings": "ingest",
  "/v1/datasets/:dataset/corrections": "ingest",
  "/v1/datasets/:dataset/ratings": "scheduler",
  "/v1/scans": "catalog",
  "/v1/queries": "catalog",
  "/v1/slices": "catalog",
  "/v1/files": "catalog",
  "/v1/derivatives": "catalog",
  "/v1/fields": "catalog",
  "/v1/analyses": "scheduler",
  "/v1/assets": "scheduler",
  "/v1/runs": "scheduler",
  "/v1/tasks": "scheduler",
  "/v1/executions": "scheduler",
  "/v1/pipelines": "pipeline-router",
  "/v1/decisions": "pipeline-router",
  "/v1/results": "tagger",
  "/v1/tags": "tagger",
};

/** The services behind the gateway. */
export const servicesBehind: readonly ServiceName[] = [...new Set(Object.values(forwardedPrefixes))];
