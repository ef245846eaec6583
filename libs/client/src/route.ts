import type { z } from "zod";
import type { TokenScope } from "./token-scopes.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A route asks for a scope, or for somebody who has signed in: with a token, no other credential can be had. */
export type RouteScope = TokenScope | "session";

/**
 * One HTTP operation, written once: the service implements it, the client calls it, OpenAPI is generated from it.
 * Every path begins with `/v1/`; `:name` stands for a path parameter.
 */
export type Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> = {
  readonly method: Method;
  readonly path: `/v1/${string}`;
  /** One sentence for the API page. */
  readonly summary: string;
  /** What a token must let its user do. @default `read` for GET, else `write` */
  readonly scope?: RouteScope;
  /** Whether it is about everything that somebody has: no token that is limited to resources is enough. @default false */
  readonly wholeAccount?: boolean;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly response: Response;
  /** Media type of a body that is a stream, and no JSON; then there is no `body`. */
  readonly bodyType?: "application/octet-stream" | "multipart/form-data";
  /** Media type of a response that is no JSON: a stream of text, bytes, or a picture. */
  readonly responseType?: "text/plain" | "text/event-stream" | "application/octet-stream" | "image/webp";
  /** Milliseconds that the service may take, where that is longer than usual; clients wait as long. */
  readonly timeoutMs?: number;
};

/** Declares an operation and keeps the types of its parts. */
export const route = <
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Response extends z.ZodType = z.ZodType,
>(
  definition: Route<Params, Query, Body, Response>,
): Route<Params, Query, Body, Response> => definition;

/** What a caller passes: only the parts that the route declares. */
export type RouteInput<R> =
  R extends Route<infer P, infer Q, infer B, z.ZodType>
    ? (undefined extends z.input<P> ? { params?: undefined } : { params: z.input<P> }) &
        (undefined extends z.input<Q> ? { query?: z.input<Q> } : { query: z.input<Q> }) &
        (undefined extends z.input<B> ? { body?: z.input<B> } : { body: z.input<B> })
    : never;

/** What a caller gets back. */
export type RouteOutput<R> =
  R extends Route<z.ZodType, z.ZodType, z.ZodType, infer Response> ? z.output<Response> : never;
