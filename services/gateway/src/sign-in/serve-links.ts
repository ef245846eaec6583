import { accountsRoutes, gatewayRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import type { FastifyRequest } from "fastify";
import { isLoopback } from "../require-own-host.ts";
import { requireSameOrigin } from "./same-origin.ts";
import { secretCookie } from "./session-cookie.ts";

/**
 * Serves links by which a browser signs in as whoever made them, so that `rollerblade up --open` opens the console without a password. A code
 * is used once; it stands behind `#`, so that it is in no log and no `Referer`, and only a page of this server can use it.
 */
export const serveLinks = (context: ServiceContext): void => {
  const { peer, settings } = context;
  const { publicUrl } = settings;

  implement(
    context,
    gatewayRoutes.showSignIn,
    async ({ request }) => {
      const [user, { items }] = await Promise.all([
        signedInAs(context, request),
        peer("accounts").call(accountsRoutes.readIssuers, { query: {} }),
      ]);
      return { user: user === null ? null : { name: user.name, admin: user.admin }, issuers: items };
    },
    { open: true },
  );

  implement(context, gatewayRoutes.createSignInLink, async ({ principal }) => {
    const { code, expiresAt } = await peer("accounts").call(accountsRoutes.createSignInCode, {
      body: { user: principal.name },
    });
    return { url: `${publicUrl}/sign-in#code=${code}`, expiresAt };
  });

  implement(
    context,
    gatewayRoutes.signInByLink,
    async ({ body: { code }, request, reply }) => {
      requireSameOrigin(request.headers, [new URL(publicUrl).host, request.host]);
      // Whom the server of this machine takes for its administrator is somebody who sits at it.
      if (settings.mode === "embedded" && !isLoopback(request.ip)) throw notFromHere();
      const body = { code, label: "browser", address: request.ip };
      const { token, ...session } = await peer("accounts").call(accountsRoutes.useSignInCode, { body });
      reply.header("set-cookie", secretCookie(publicUrl, "session", token, new Date(session.expiresAt)));
      return session;
    },
    { open: true, bodyLimit: 16 * 1024 },
  );
};

/** Who sends a request; null for nobody, where a route is open to both. */
const signedInAs = async (
  { authenticate }: Pick<ServiceContext, "authenticate">,
  request: FastifyRequest,
): Promise<Principal | null> => {
  if (request.headers.authorization === undefined) return null;
  try {
    return await authenticate(request);
  } catch (error) {
    if (error instanceof Problem && error.code === "unauthenticated") return null;
    throw error;
  }
};

const notFromHere = (): Problem =>
  new Problem({
    code: "forbidden",
    message: "This link works on the machine that the server runs on, and on no other.",
    next: "Sign in with your name and a password: an administrator makes users with `rollerblade user create`.",
  });
