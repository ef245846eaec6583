import { setTimeout as sleep } from "node:timers/promises";
import { gatewayRoutes, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { write } from "../terminal/write.ts";

/**
 * Signs in at an issuer: prints where to go with which code, in a browser on this or another device, and waits until somebody has been there.
 * @throws Problem `unauthenticated` when nobody was, in the time that the issuer gives
 */
export const signInElsewhere = async (
  server: Pick<HttpClient, "call">,
  issuer: string,
  label: string,
): Promise<{ readonly name: string; readonly token: string }> => {
  const begun = await server.call(gatewayRoutes.beginDeviceSignIn, { body: { issuer } });
  const { userCode, verificationUri, verificationUriComplete, secret, expiresAt } = begun;
  const link = verificationUriComplete === null ? "" : `\nor open ${verificationUriComplete}`;
  write("stderr", `Open ${verificationUri} and enter ${userCode},${link}\n`);
  for (let { intervalSeconds } = begun; Date.now() < Date.parse(expiresAt); ) {
    await sleep(intervalSeconds * 1000);
    const answer = await server.call(gatewayRoutes.finishDeviceSignIn, { body: { secret, label } });
    if (answer.state === "finished") return answer.session;
    intervalSeconds = answer.intervalSeconds;
  }
  throw new Problem({
    code: "unauthenticated",
    message: `Nobody has entered the code ${userCode}.`,
    subject: userCode,
    next: "Run `rollerblade login` again.",
  });
};
