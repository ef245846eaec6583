import type { ServiceContext } from "@rollerblade/service-kit";
import type { FastifyRequest } from "fastify";
import { requireSameOrigin } from "./same-origin.ts";
import { noCookie, secretInCookie } from "./session-cookie.ts";

/** Methods that change nothing. */
const safeMethods: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/** Secrets of sign-ins that browsers have begun at an issuer, by their requests. */
const begunSignIns = new WeakMap<object, string>();

/** The secret of the sign-in that the browser of a request has begun. */
export const begunSignInOf = ({ raw }: Pick<FastifyRequest, "raw">): string | undefined => begunSignIns.get(raw);

/**
 * Takes a session's cookie for its token, so that everything behind knows tokens only. A request that may change something must come from a page
 * of this server. The cookie goes no further, and is taken from the browser when the session is over.
 */
export const acceptCookies = ({ http, settings: { publicUrl } }: Pick<ServiceContext, "http" | "settings">): void => {
  const withCookie = new WeakSet<object>();
  http.addHook("onRequest", async ({ raw, method, host }) => {
    const token = secretInCookie(publicUrl, "session", raw.headers.cookie);
    const begun = secretInCookie(publicUrl, "sign_in", raw.headers.cookie);
    if (begun !== undefined) begunSignIns.set(raw, begun);
    delete raw.headers.cookie;
    if (token === undefined || raw.headers.authorization !== undefined) return;
    withCookie.add(raw);
    if (!safeMethods.includes(method)) requireSameOrigin(raw.headers, [new URL(publicUrl).host, host]);
    raw.headers.authorization = `Bearer ${token}`;
  });
  http.addHook("onSend", async ({ raw, routeOptions }, reply) => {
    if (!withCookie.has(raw)) return;
    const over = reply.statusCode === 401 || (routeOptions.url === "/v1/sign-out" && reply.statusCode < 300);
    if (over) reply.header("set-cookie", noCookie(publicUrl, "session"));
  });
};
