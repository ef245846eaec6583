export { hashToken, readLimits, requireWithinLimits } from "./access.ts";
export { invalidInput, parseInput } from "./answer-errors.ts";
export { defineService, type ServiceDatabase, type ServiceDefinition } from "./define-service.ts";
export { explainDatasets } from "./explain-datasets.ts";
export { createFairQueue, type FairQueue, tooManyRequests } from "./fair-queue.ts";
export type { Http } from "./http.ts";
export { createHttp } from "./http-server.ts";
export { idOfCreated } from "./idempotency.ts";
export { type Handled, type ImplementOptions, implement, listBodyBytes, type RouteContext } from "./implement.ts";
export { limitRequests, type RequestLimits } from "./limit-requests.ts";
export { cursorText, type Page, pageOf, readCursor, writeCursor } from "./pages.ts";
export type { PeriodicOptions } from "./periodic.ts";
export {
  type Action,
  isWithinLimits,
  nobody,
  type OnBehalfOf,
  type Principal,
  type Resource,
  type ResourceKind,
  roleAllows,
  rolesAllowing,
} from "./principal.ts";
export { withPseudonyms } from "./pseudonyms.ts";
export { readVariables, variableName } from "./read-variables.ts";
export { addressHeader, currentRequest, noteUse, recordOf, usedHeader } from "./request-record.ts";
export type { ServiceContext } from "./service-context.ts";
export { type ServiceName, serviceNames } from "./service-name.ts";
export { createServiceTokens, newServiceKeys } from "./service-tokens.ts";
export { type CommonSettings, commonVariables, readSettings } from "./settings.ts";
export { type GivenConfig, type RunningServices, runService, startServices } from "./start-services.ts";
export { stopOnSignals } from "./stop-on-signals.ts";
export { newToken } from "./token-format.ts";
export { personMay, type ReadGrants, readGrants, type VisibleRow, visible } from "./visible.ts";
