import { Problem, problemCodeOf } from "@rollerblade/errors";
import type { z } from "zod";
import { takesIdempotencyKey } from "./conditions.ts";
import { readProblem } from "./problem-document.ts";
import { retryRefused, retryUnavailable } from "./retry.ts";
import type { Route, RouteInput, RouteOutput } from "./route.ts";

/** What a declared route is asked with. */
export type RequestParts = {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
};

/** What a client reads of an answer; a `Response` of `fetch` is one. */
export type Answer = Pick<Response, "ok" | "status" | "statusText" | "url" | "text">;

/** Sends one request and returns its answer, whatever its status. Rejects where nobody answered. */
export type SendRequest = (url: URL, parts: RequestParts) => Promise<Answer>;

/** Where a service or the gateway is, and with which credentials to call it. */
export type HttpClientOptions = {
  /** For example `http://127.0.0.1:7700`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  /** How long one call may take. @default 30000 */
  readonly timeoutMs?: number;
  /** Headers of every request, or a function that returns those of one request, for example its `traceparent`. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /**
   * How often `call` repeats a request that nobody answered, with growing delays: a read (GET), and a change that has an
   * `Idempotency-Key`. @default 0
   */
  readonly retries?: number;
  /** How `call` sends requests. @default `fetch` */
  readonly send?: SendRequest;
  /**
   * Whether `call` checks answers without compiling their schemas: for a program that makes few calls, since compiling takes longer than
   * it saves. @default false
   */
  readonly interpreted?: boolean;
};

/** On what a change depends, and how the server knows that it comes again. */
export type ChangeConditions = {
  /** The `ETag` of what was read: the change is made only if that is still there. @throws Problem `precondition-failed` */
  readonly ifMatch?: string;
  /** `*`: the change is made only if there is nothing yet. @throws Problem `precondition-failed` */
  readonly ifNoneMatch?: "*";
  /** A UUID for this change: sent again with it, it is answered as the first time. @default none, or a new one where `retries` is set */
  readonly idempotencyKey?: string;
};

/** Calls declared routes and nothing else. */
export type HttpClient = {
  /**
   * Calls a route and checks the answer against its schema. A request that the server refused because there are too many is repeated
   * after the time that it names, whatever its method, since nothing was done.
   * @throws Problem that the service answered with; `unavailable` when it did not answer
   */
  call<R extends Route>(route: R, input: RouteInput<R>, conditions?: ChangeConditions): Promise<RouteOutput<R>>;
  /**
   * Makes a request without a declared shape (streams, uploads). The path begins with `/`. @throws Problem when the
   * status is neither 2xx nor 304
   */
  raw(path: string, init?: RequestInit): Promise<Response>;
};

/** A client of one base address. */
export const createHttpClient = (options: HttpClientOptions): HttpClient => {
  const ownHeaders = (): Record<string, string> => ({
    ...(typeof options.headers === "function" ? options.headers() : options.headers),
    ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
  });
  const answered = async <A extends Answer>(sent: Promise<A>): Promise<A> => {
    const answer = await sent.catch((cause: unknown) => {
      throw unreachable(options.url, cause);
    });
    if (!answer.ok && answer.status !== 304) throw await problemOf(answer);
    return answer;
  };
  const raw = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(ownHeaders())) headers.set(name, value);
    return answered(fetch(new URL(path, options.url), { ...init, headers }));
  };
  const send: SendRequest = options.send ?? fetch;
  const readText = async (
    route: Route,
    input: { params?: unknown; query?: unknown; body?: unknown },
    conditions: ChangeConditions,
  ): Promise<string> => {
    const body = input.body === undefined ? {} : { body: JSON.stringify(input.body) };
    const headers = {
      ...headersOf(conditions),
      ...(input.body !== undefined && { "content-type": "application/json" }),
      ...ownHeaders(),
    };
    const signal = AbortSignal.timeout(Math.max(options.timeoutMs ?? 30_000, route.timeoutMs ?? 0));
    const url = new URL(pathOf(route, input), options.url);
    const answer = await answered(send(url, { method: route.method, signal, ...body, headers }));
    return answer.text();
  };
  return {
    raw,
    async call(route, input, given = {}) {
      const wanted = options.retries ?? 0;
      const conditions =
        wanted > 0 && takesIdempotencyKey(route) ? { idempotencyKey: crypto.randomUUID(), ...given } : given;
      const isRepeatable = route.method === "GET" || conditions.idempotencyKey !== undefined;
      const text = await retryUnavailable(() => retryRefused(() => readText(route, input, conditions)), {
        retries: isRepeatable ? wanted : 0,
      });
      const checked = options.interpreted === true ? { jitless: true } : {};
      return route.response.parse(text === "" ? undefined : JSON.parse(text), checked) as RouteOutput<typeof route>;
    },
  };
};

const headersOf = ({ ifMatch, ifNoneMatch, idempotencyKey }: ChangeConditions): Record<string, string> => ({
  ...(ifMatch !== undefined && { "if-match": ifMatch }),
  ...(ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch }),
  ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
});

/** What a read answered, with the entity tag by which it can be changed or asked for again. */
export type Tagged<T> = { readonly value: T; readonly etag: string };

/**
 * Reads something with its `ETag`.
 * @param known the `ETag` of what the caller has
 * @returns null when that is still what is there
 * @example const query = await readTagged(client, catalogRoutes.showSavedQuery, { params: { name } });
 */
export const readTagged = async <R extends Route>(
  client: Pick<HttpClient, "raw">,
  route: R,
  input: RouteInput<R>,
  known?: string,
): Promise<Tagged<RouteOutput<R>> | null> => {
  const response = await client.raw(
    pathOf(route, input),
    known === undefined ? {} : { headers: { "if-none-match": known } },
  );
  if (response.status === 304) return null;
  const value = route.response.parse(await response.json()) as RouteOutput<R>;
  return { value, etag: response.headers.get("etag") ?? "" };
};

const pathOf = (route: Route, input: { params?: unknown; query?: unknown }): string => {
  const params = new Map(Object.entries(input.params ?? {}));
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params.get(name))));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) query.append(name, String(item));
  }
  return query.size === 0 ? path : `${path}?${query}`;
};

const unreachable = (url: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `No server answers at ${url}.`,
      subject: url,
      next: "Start it with `rollerblade up`.",
    },
    { cause },
  );

const problemOf = async (response: Answer): Promise<Problem> => {
  const text = await response.text();
  return new Problem(
    readProblem(text, response.status) ?? {
      code: problemCodeOf(response.status),
      message: text || response.statusText,
      subject: response.url,
    },
  );
};

/** The type of a route's body, for services that name it. */
export type BodyOf<R> = R extends Route<z.ZodType, z.ZodType, infer B, z.ZodType> ? z.output<B> : never;
