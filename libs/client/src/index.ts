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
