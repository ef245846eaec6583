export {
  type AuditEntry,
  accountsRoutes,
  type Grant,
  type GrantRole,
  type OwnedResource,
  type TokenInfo,
  type User,
} from "./accounts-routes.ts";
export { type BodyOf, createHttpClient, type HttpClient, type HttpClientOptions } from "./http-client.ts";
export {
  type ImportState,
  type ImportStatus,
  type ImportSummary,
  ingestRoutes,
  type ManifestFile,
  manifestPart,
} from "./ingest-routes.ts";
export { type Route, type RouteInput, type RouteOutput, route } from "./route.ts";
export {
  type AnalysisVersion,
  type AttemptStatus,
  analysisVersion,
  attemptStatus,
  type ExecutionStatus,
  executionStatus,
  type RunStatus,
  runCounts,
  runPriority,
  runStatus,
  schedulerRoutes,
  type TaskOutcome,
  type TaskStatus,
  taskOutcome,
  taskStatus,
} from "./scheduler-routes.ts";
