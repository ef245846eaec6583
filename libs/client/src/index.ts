export { type BodyOf, createHttpClient, type HttpClient, type HttpClientOptions } from "./http-client.ts";
export { type Route, type RouteInput, type RouteOutput, route } from "./route.ts";
