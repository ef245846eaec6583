import { type RouteScope, tokenScopes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { FastifyRequest } from "fastify";

/** What is known of a token beside whose it is; null where nothing limits it. */
export type Credential = {
  /** One of {@link tokenScopes}. */
  readonly scope: string | null;
  /** How it came to be: `session`, `personal`, `service` or `settings`. */
  readonly credential: string | null;
  /** Id of a token that is limited to resources. */
  readonly limitedToken: string | null;
};

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a token must let its user do here. @default `read` for GET and HEAD, else `write` */
    readonly scope?: RouteScope;
    /** Whether it is about everything that somebody has, so that no token passes that is limited to resources. @default false */
    readonly wholeAccount?: boolean;
  }
}

/** Credentials with which others can be had: of people who have signed in, and of the settings. */
const signedIn: readonly (string | null)[] = ["session", "settings", null];

/** Lets a token pass that may do what the route does. @throws Problem `forbidden` that names what is missing */
export const requireScope = (request: FastifyRequest, { scope, credential }: Credential): void => {
  const needed = scopeOf(request);
  if (needed === "session") {
    if (!signedIn.includes(credential)) throw signInNeeded();
  } else if (scope !== null && !scopeAllows(scope, needed)) throw scopeNeeded(needed, scope);
};

/** Lets a token pass that is not limited to resources, where the route is about more than these. @throws Problem `forbidden` */
export const requireWholeAccount = (
  { routeOptions }: FastifyRequest,
  limitedToken: string | null | undefined,
): void => {
  if (typeof limitedToken !== "string" || routeOptions.config?.wholeAccount !== true) return;
  throw new Problem({
    code: "forbidden",
    message: "This token is limited to some resources, and this concerns everything that you have.",
    next: "Sign in, or use a token that was made without --dataset, --analysis, --query and --pipeline.",
  });
};

/** Whether a token of `scope` may do what asks for `needed`; an unknown scope never may. */
const scopeAllows = (scope: string, needed: string): boolean => {
  const scopes: readonly string[] = tokenScopes;
  return scopes.indexOf(scope) >= scopes.indexOf(needed);
};

const scopeOf = ({ method, routeOptions }: FastifyRequest): RouteScope =>
  routeOptions.config?.scope ?? (method === "GET" || method === "HEAD" ? "read" : "write");

const signInNeeded = (): Problem =>
  new Problem({
    code: "forbidden",
    message: "A token cannot make, list or renew credentials.",
    next: "Sign in with `rollerblade login`, and do it then.",
  });

const scopeNeeded = (needed: string, scope: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `This token is for "${scope}" only, and this needs "${needed}".`,
    next: `Sign in, or make a token with \`rollerblade token create --scope ${needed}\`.`,
  });
