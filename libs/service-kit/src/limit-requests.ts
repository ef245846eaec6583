import rateLimit from "@fastify/rate-limit";
import { Problem } from "@rollerblade/errors";
import type { FastifyRequest } from "fastify";
import { hashToken } from "./access.ts";
import { tooManyRequests } from "./fair-queue.ts";
import type { ServiceContext } from "./service-context.ts";

/** Limits of the requests that a service takes; each replica counts by itself. */
export type RequestLimits = {
  /** Requests of one person, as an average over ten seconds. */
  readonly requestsPerSecond: number;
  /** Tokens that are worth nothing, from one address and within a minute; more are refused before the database is asked. */
  readonly badTokensPerMinute: number;
};

/** Long enough that the requests of one page do not meet the limit, short enough that nobody waits long. */
const windowMs = 10_000;

/** Milliseconds for which a token that was good is let through from an address that tries bad ones: people share proxies. */
const knownMs = 60_000;

/** Good tokens that are remembered. */
const maxKnown = 10_000;

/**
 * Refuses what is too much with `429` and `Retry-After`, before a body is read: requests of one person, and bad tokens from one address. The
 * services themselves are not limited.
 * @param onUse is called with each good token, once in a minute
 */
export const limitRequests = async (
  { http, authenticate }: Pick<ServiceContext, "http" | "authenticate">,
  { requestsPerSecond, badTokensPerMinute }: RequestLimits,
  onUse: (token: string) => void = () => undefined,
): Promise<void> => {
  await http.register(rateLimit, { global: false });
  const names = new WeakMap<FastifyRequest, string>();
  const person = http.createRateLimit({
    max: requestsPerSecond * (windowMs / 1000),
    timeWindow: windowMs,
    keyGenerator: (request) => names.get(request) ?? "",
  });
  const address = http.createRateLimit({
    max: badTokensPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ ip }) => ip,
  });
  const known = rememberTokens();
  http.addHook("onRequest", async (request) => {
    const { authorization } = request.headers;
    // Without a token a route refuses without asking anybody, or is open.
    if (authorization === undefined) return;
    if (!known.has(authorization)) {
      const failures = await address(request, { increment: false });
      if (!failures.isAllowed && failures.remaining === 0)
        throw tooManyRequests("tokens from this address were unknown, revoked or expired", failures.ttlInSeconds);
    }
    const principal = await authenticate(request).catch(async (error: unknown) => {
      if (!(error instanceof Problem) || error.code !== "unauthenticated") throw error;
      await address(request);
      return undefined;
    });
    // The route itself says what it thinks of the token; an open one does not care.
    if (principal === undefined || principal.name === "service") return;
    if (!known.has(authorization)) {
      known.add(authorization);
      onUse(authorization.replace(/^Bearer +/i, ""));
    }
    names.set(request, principal.name);
    const used = await person(request);
    if (!used.isAllowed && used.isExceeded) throw tooManyRequests("requests of yours", used.ttlInSeconds);
  });
};

const rememberTokens = () => {
  const until = new Map<string, number>();
  return {
    has: (authorization: string): boolean => (until.get(hashToken(authorization)) ?? 0) > Date.now(),
    add(authorization: string): void {
      const hash = hashToken(authorization);
      // The oldest stand first.
      until.delete(hash);
      until.set(hash, Date.now() + knownMs);
      const [oldest] = until.keys();
      if (until.size > maxKnown && oldest !== undefined) until.delete(oldest);
    },
  };
};
