import { accountsRoutes } from "@rollerblade/client";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { requireService } from "./as-administrator.ts";
import { tokenHashOf } from "./describe-self.ts";
import { endSessions, type SessionTimes } from "./sessions.ts";
import { signIn } from "./sign-in.ts";
import { createSignInCode, useSignInCode } from "./sign-in-codes.ts";
import { forgetFailures } from "./throttle.ts";

/** Routes of sessions; the gateway is where people sign in. */
export const serveSessions = (context: ServiceContext<SessionTimes>): void => {
  const { sql, config } = context;

  implement(
    context,
    accountsRoutes.beginSession,
    async ({ principal, body }) => {
      requireService(principal, ["gateway"]);
      return signIn(sql, config, body);
    },
    { hidden: true },
  );

  implement(
    context,
    accountsRoutes.createSignInCode,
    async ({ principal, body }) => {
      requireService(principal, ["gateway"]);
      return createSignInCode(sql, body.user);
    },
    { hidden: true },
  );

  implement(
    context,
    accountsRoutes.useSignInCode,
    async ({ principal, body }) => {
      requireService(principal, ["gateway"]);
      return useSignInCode(sql, config, body);
    },
    { hidden: true },
  );

  implement(context, accountsRoutes.endSessions, async ({ principal, body, request }) => {
    await endSessions(sql, principal, tokenHashOf(request), body.everywhere);
    return undefined;
  });

  context.every("forget failed sign-ins", 60_000, () => forgetFailures(sql));
};
