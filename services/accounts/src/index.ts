import { defineService } from "@rollerblade/service-kit";
import { z } from "zod";
import { serveAudit } from "./audit-routes.ts";
import { ensureAdministrator, ensureBuiltin } from "./bootstrap.ts";
import { forgetRequests } from "./forget-requests.ts";
import { serveGrants } from "./grant-routes.ts";
import { serveGroups } from "./group-routes.ts";
import { serveIssuers } from "./issuers/issuer-routes.ts";
import { readIssuers } from "./issuers/issuer-settings.ts";
import { keepAudit } from "./keep-audit.ts";
import { serveResources } from "./resource-routes.ts";
import { serveSessions } from "./session-routes.ts";
import { serveTokens } from "./token-routes.ts";
import { serveUsers } from "./user-routes.ts";

/** Users, tokens, owners and grants: who may do what. */
export const accounts = defineService({
  name: "accounts",
  config: z.object({
    namesPerPerson: z.coerce
      .number()
      .int()
      .positive()
      .default(1_000)
      .describe("Datasets, analyses, documents and queries that one person may own."),
    sessionHours: z.coerce
      .number()
      .positive()
      .default(168)
      .describe("Hours from a sign-in until one has to sign in again, however much the session is used."),
    sessionIdleHours: z.coerce
      .number()
      .positive()
      .default(24)
      .describe("Hours without a request after which a session ends."),
    auditRetentionDays: z.coerce
      .number()
      .int()
      .min(30)
      .optional()
      .describe(
        "Days for which the audit log is kept, 30 at least; everything is kept where it is not set. What remains can still be verified.",
      ),
    issuers: z
      .string()
      .default("[]")
      .describe(
        'Issuers of identities by OpenID Connect at which people sign in, as JSON: `[{"name": "uni", "url": "https://…", "clientId": "…", "clientSecretFile": "/run/secrets/uni"}]`; [the guide to signing in](../how-to/sign-in.md) has all of its keys.',
      ),
    adminToken: z
      .string()
      .min(16, "should be a secret of 16 characters or more")
      .optional()
      .describe(
        "Token of the user `admin`, who may do everything; the embedded mode's own, or the first of a new cluster.",
      ),
  }),
  database: { schema: "accounts", migrations: new URL("../migrations/", import.meta.url) },
  async start(context) {
    const { sql, config } = context;
    await ensureBuiltin(sql, { name: "service", kind: "service", token: null });
    if (config.adminToken !== undefined) {
      await ensureBuiltin(sql, { name: "admin", kind: "person", token: config.adminToken });
    }
    const first = await ensureAdministrator(sql);
    if (first !== null) {
      context.log.warn(
        { oneTimeSecret: first.secret, until: first.expiresAt },
        "nobody is an administrator yet: sign in as `admin` with this secret, and choose a password",
      );
    }
    serveUsers(context);
    serveSessions(context);
    serveIssuers(context, readIssuers(config.issuers));
    serveTokens(context);
    serveResources(context);
    serveGrants(context);
    serveGroups(context);
    serveAudit(context);
    keepAudit(context, config.auditRetentionDays);
    forgetRequests(context);
  },
});
