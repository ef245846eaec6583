import { accountsRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal, pageOf, type ServiceContext, writeCursor } from "@rollerblade/service-kit";
import { requireAdministrator, requireService } from "../as-administrator.ts";
import { writeAudit } from "../audit.ts";
import type { SessionTimes } from "../sessions.ts";
import { countBegun } from "../throttle.ts";
import { requireUser } from "../users.ts";
import { forgetSignIns } from "./begun-sign-ins.ts";
import { beginBrowserSignIn, finishBrowserSignIn } from "./browser-sign-in.ts";
import { beginDeviceSignIn, finishDeviceSignIn } from "./device-sign-in.ts";
import { identityOf, linkIdentity, listIdentities, unlinkIdentity } from "./identities.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { requireIssuer } from "./require-issuer.ts";

/** Routes of sign-ins at issuers of identities, and of who is who there. */
export const serveIssuers = (context: ServiceContext<SessionTimes>, issuers: readonly IssuerSettings[]): void => {
  const { sql, config, log } = context;
  const { publicUrl } = context.settings;
  const hidden = { hidden: true };
  const forGateway = (principal: Principal) => requireService(principal, ["gateway"]);

  /** A sign-in that fails is recorded, and the reason, which only the cause has, logged. */
  const recorded = async <T>(subject: string, address: string, step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      if (error instanceof Problem && error.code !== "unavailable") {
        log.warn({ err: error, cause: error.cause }, "a sign-in at an issuer was refused");
        await writeAudit(sql, { actor: "anonymous", action: "session.refused", subject, details: { address } });
      }
      throw error;
    }
  };

  implement(
    context,
    accountsRoutes.readIssuers,
    ({ principal, query: { limit, after = "" } }) => {
      forGateway(principal);
      const sorted = issuers.map(({ name, title = name }) => ({ name, title })).toSorted(byName);
      const behind = sorted.filter(({ name }) => name > after).slice(0, limit + 1);
      return pageOf(behind, limit, ({ name }) => name);
    },
    hidden,
  );

  implement(
    context,
    accountsRoutes.beginBrowserSignIn,
    async ({ principal, body }) => {
      forGateway(principal);
      const issuer = requireIssuer(issuers, body.issuer);
      await countBegun(sql, body.address);
      return beginBrowserSignIn(context, publicUrl, issuer, body.returnTo);
    },
    hidden,
  );

  implement(
    context,
    accountsRoutes.finishBrowserSignIn,
    async ({ principal, body }) => {
      forGateway(principal);
      const issuer = requireIssuer(issuers, body.issuer);
      return recorded(`issuer ${issuer.name}`, body.address, () =>
        finishBrowserSignIn(context, config, publicUrl, issuer, body),
      );
    },
    hidden,
  );

  implement(
    context,
    accountsRoutes.beginDeviceGrant,
    async ({ principal, body }) => {
      forGateway(principal);
      const issuer = requireIssuer(issuers, body.issuer);
      await countBegun(sql, body.address);
      return beginDeviceSignIn(context, issuer);
    },
    hidden,
  );

  implement(
    context,
    accountsRoutes.finishDeviceGrant,
    async ({ principal, body }) => {
      forGateway(principal);
      return recorded("issuer", body.address, () => finishDeviceSignIn(context, config, issuers, body));
    },
    hidden,
  );

  implement(context, accountsRoutes.listIdentities, async ({ principal, params, query: { limit, after } }) => {
    requireAdministrator(principal);
    await requireUser(sql, params.name);
    const rows = await listIdentities(sql, params.name, limit + 1, after);
    return pageOf(rows.map(identityOf), limit, ({ issuer, subject }) => writeCursor([issuer, subject]));
  });

  implement(context, accountsRoutes.linkIdentity, async ({ principal, params, body }) => {
    requireAdministrator(principal);
    return identityOf(await linkIdentity(sql, principal.name, params.name, body));
  });

  implement(context, accountsRoutes.unlinkIdentity, async ({ principal, params, body }) => {
    requireAdministrator(principal);
    await unlinkIdentity(context, principal.name, params.name, body);
    return undefined;
  });

  context.every("forget begun sign-ins", 60_000, () => forgetSignIns(sql));
};

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : 1;
