import { accountsRoutes, gatewayRoutes } from "@rollerblade/client";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { requireSameOrigin } from "./same-origin.ts";
import { secretCookie } from "./session-cookie.ts";

/** Serves the sign-in with a password: for browsers a cookie, for others a token. */
export const serveSignIn = (context: ServiceContext): void => {
  const { publicUrl } = context.settings;
  implement(
    context,
    gatewayRoutes.signIn,
    async ({ body: { cookie, ...body }, request, reply }) => {
      // Nobody is signed in as somebody else by a page of another site.
      if (cookie) requireSameOrigin(request.headers, [new URL(publicUrl).host, request.host]);
      const session = await context
        .peer("accounts")
        .call(accountsRoutes.beginSession, { body: { ...body, address: request.ip } });
      if (!cookie) return session;
      reply.header("set-cookie", secretCookie(publicUrl, "session", session.token, new Date(session.expiresAt)));
      return { ...session, token: null };
    },
    { open: true, bodyLimit: 16 * 1024 },
  );
};
