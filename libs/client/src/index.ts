export { accountsRoutes } from "./accounts/accounts-routes.ts";
export type { AuditEntry, AuditFault, AuditLine, AuditOutcome } from "./accounts/audit-routes.ts";
export type { Group, GroupMember } from "./accounts/groups-routes.ts";
export type {
  AccessExplanation,
  AccessWay,
  Grant,
  GrantRole,
  OwnedResource,
  TransferOffer,
  UsableRole,
} from "./accounts/resources-routes.ts";
export {
  type DeviceSignIn,
  type DeviceSignInState,
  type IdentityIssuer,
  type IssuerIdentity,
  newSession,
  passwordSignIn,
} from "./accounts/sign-in-routes.ts";
export type { TokenInfo } from "./accounts/tokens-routes.ts";
export type { User } from "./accounts/users-routes.ts";
export {
  catalogRoutes,
  type DatasetSummary,
  type DerivativeSummary,
  type DiffItem,
  type DiffReason,
  type DownloadFile,
  datasetSummary,
  diffItem,
  diffReason,
  downloadFile,
  type FolderEntry,
  fileSummary,
  type MetadataKey,
  type QueryLevel,
  type QueryPin,
  queryLevel,
  queryPin,
  type SavedQuery,
  type SliceSummary,
  savedQuery,
  sliceSummary,
} from "./catalog-routes.ts";
export {
  idempotencyKeyHeader,
  idempotencyKeyParameter,
  ifAbsentParameter,
  ifMatchParameter,
  ifNoneMatchParameter,
  readIdempotencyKey,
  takesIdempotencyKey,
} from "./conditions.ts";
export {
  type ConversionReport,
  type ConversionState,
  type ConversionStatus,
  type ConvertedFile,
  conversionReport,
  conversionRoutes,
  conversionState,
  convertedFile,
} from "./conversion-routes.ts";
export { type Correction, correction, correctionRoutes } from "./correction-routes.ts";
export { datasetName } from "./dataset-name.ts";
export {
  datasetFinding,
  type FindingGroup,
  findingSeverity,
  findingsRoutes,
  type ImportFindings,
  type KeptFinding,
  maxReported,
  noImport,
  type ReportedFinding,
  reportPart,
} from "./findings-routes.ts";
export {
  type DeadLetterEntry,
  type DeadLetterGroup,
  gatewayRoutes,
  type LiveEvent,
  liveEvent,
  liveEventsQuery,
  type SearchHit,
  type ServiceStatus,
  type SystemStatus,
} from "./gateway-routes.ts";
export {
  type BodyOf,
  type ChangeConditions,
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  readTagged,
  type SendRequest,
  type Tagged,
} from "./http-client.ts";
export {
  type ImportState,
  type ImportStatus,
  type ImportSummary,
  importState,
  importSummary,
  ingestRoutes,
  type ListedFile,
  type ManifestFile,
  manifestPart,
  packBytes,
  packIndex,
} from "./ingest-routes.ts";
export { isFixedPath, methodsAt } from "./methods-at.ts";
export { apiSchemas, declaredRoutes as everyRoute, operationId } from "./name-schemas.ts";
export { type Page, pageThrough, readAll } from "./pages.ts";
export { parseServerSentEvents, type ServerSentEvent } from "./parse-sse.ts";
export { problemMediaType, problemSchema, writeProblem } from "./problem-document.ts";
export { type QueryReference, readQueryReference } from "./query-reference.ts";
export { type Rating, ratingRoutes, type Verdict, verdicts } from "./rating-routes.ts";
export { type RetryOptions, retryUnavailable } from "./retry.ts";
export {
  type Route,
  type RouteInput,
  type RouteOutput,
  type RouteScope,
  route,
} from "./route.ts";
export {
  type DecisionStatus,
  decisionOutcome,
  decisionProgress,
  decisionStatus,
  type Explanation,
  type PipelinePlan,
  type PipelineStatus,
  type PipelineSummary,
  type PipelineVersion,
  pipelinePlan,
  pipelineStatus,
  pipelineSummary,
  type RuleCounts,
  type RulePlan,
  routerRoutes,
} from "./router-routes.ts";
export {
  type AnalysisVersion,
  type AssetFile,
  type AssetVersion,
  type AttemptStatus,
  analysisVersion,
  attemptStatus,
  type ExecutionStatus,
  executionStatus,
  type Foreseen,
  foreseen,
  type RunFailure,
  type RunInput,
  type RunOrderBy,
  type RunOutput,
  type RunPlan,
  type RunStatus,
  runCounts,
  runOrderBy,
  runPlan,
  runPriority,
  runStatus,
  schedulerRoutes,
  type TaskOrder,
  type TaskOutcome,
  type TaskStatus,
  taskOrder,
  taskOutcome,
  taskStatus,
} from "./scheduler-routes.ts";
export {
  type FoundOutput,
  type PodReport,
  podReport,
  type StagedInput,
  stagingRoutes,
} from "./staging-routes.ts";
export { storableFinding } from "./storable-finding.ts";
export { strictly } from "./strictly.ts";
export { type Result, result, resultKind, type TagSummary, taggerRoutes, tagSummary } from "./tagger-routes.ts";
export { type TokenScope, tokenScopes } from "./token-scopes.ts";
