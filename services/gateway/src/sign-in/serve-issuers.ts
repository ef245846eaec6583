import { accountsRoutes, gatewayRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { begunSignInOf } from "./accept-cookies.ts";
import { noCookie, secretCookie } from "./session-cookie.ts";

/** Largest query that an issuer may send a browser back with; codes have some hundred characters. */
const maxQueryLength = 8_000;

/**
 * Serves the sign-in at issuers of identities: for browsers two addresses between which the issuer stands, for programs a code that somebody
 * types in elsewhere.
 */
export const serveIssuers = (context: ServiceContext): void => {
  const { peer } = context;
  const { publicUrl } = context.settings;
  const open = { open: true, bodyLimit: 16 * 1024 };
  // Pages that a browser is led through are no answers to a program.
  const page = { open: true, hidden: true };

  implement(
    context,
    gatewayRoutes.listIssuers,
    ({ query }) => peer("accounts").call(accountsRoutes.readIssuers, { query }),
    open,
  );

  implement(
    context,
    gatewayRoutes.beginDeviceSignIn,
    ({ body, request }) =>
      peer("accounts").call(accountsRoutes.beginDeviceGrant, { body: { ...body, address: request.ip } }),
    open,
  );

  implement(
    context,
    gatewayRoutes.finishDeviceSignIn,
    ({ body, request }) =>
      peer("accounts").call(accountsRoutes.finishDeviceGrant, { body: { ...body, address: request.ip } }),
    open,
  );

  implement(
    context,
    gatewayRoutes.beginBrowserSignInAt,
    async ({ params: { issuer }, query: { returnTo }, request, reply }) => {
      const body = { issuer, returnTo, address: request.ip };
      const begun = await peer("accounts").call(accountsRoutes.beginBrowserSignIn, { body });
      return reply
        .header("set-cookie", secretCookie(publicUrl, "sign_in", begun.secret, new Date(begun.expiresAt)))
        .header("cache-control", "no-store")
        .redirect(begun.url, 303);
    },
    page,
  );

  implement(
    context,
    gatewayRoutes.finishBrowserSignInAt,
    async ({ params: { issuer }, request, reply }) => {
      const secret = begunSignInOf(request);
      const query = request.url.split("?")[1] ?? "";
      if (secret === undefined || query.length > maxQueryLength) throw begunElsewhere();
      const body = { issuer, secret, query, label: "browser", address: request.ip };
      const { session, returnTo } = await peer("accounts").call(accountsRoutes.finishBrowserSignIn, { body });
      return reply
        .header("set-cookie", [
          secretCookie(publicUrl, "session", session.token, new Date(session.expiresAt)),
          noCookie(publicUrl, "sign_in"),
        ])
        .header("cache-control", "no-store")
        .redirect(returnTo, 303);
    },
    page,
  );
};

const begunElsewhere = (): Problem =>
  new Problem({
    code: "unauthenticated",
    message: "This browser has not begun to sign in here, or took too long.",
    next: "Begin again at /v1/sign-in/issuers/NAME of this server; cookies have to be allowed.",
  });
