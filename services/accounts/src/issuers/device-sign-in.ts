import type { DeviceSignIn, DeviceSignInState } from "@rollerblade/client";
import { type Configuration, genericGrantRequest, initiateDeviceAuthorization, ResponseBodyError } from "openid-client";
import type { Ownership } from "../resources.ts";
import type { SessionTimes } from "../sessions.ts";
import { keepSignIn, takeSignIn, takeTurn } from "./begun-sign-ins.ts";
import { asProblem, connectToIssuer, identityFrom } from "./issuer-client.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { requireIssuer } from "./require-issuer.ts";
import { signInAs } from "./sign-in-as.ts";

/** Seconds between two questions where the issuer names none (RFC 8628, section 3.2). */
const defaultIntervalSeconds = 5;

/** Seconds to wait more after a question that came too early (RFC 8628, section 3.5). */
const slowDownSeconds = 5;

/** Begins a sign-in on another device (RFC 8628). The issuer's device code stays here. @throws Problem `unavailable` */
export const beginDeviceSignIn = async (
  { sql }: Pick<Ownership, "sql">,
  issuer: IssuerSettings,
): Promise<DeviceSignIn> => {
  const client = await connectToIssuer(issuer);
  const begun = await asProblem(issuer, () => initiateDeviceAuthorization(client, { scope: issuer.scopes }));
  const secrets = { issuer: issuer.name, deviceCode: begun.device_code };
  return {
    userCode: begun.user_code,
    verificationUri: begun.verification_uri,
    verificationUriComplete: begun.verification_uri_complete ?? null,
    intervalSeconds: begun.interval ?? defaultIntervalSeconds,
    ...(await keepSignIn(sql, { kind: "device", secrets }, begun.expires_in)),
  };
};

/** Asks the issuer once whether somebody has signed in, and then begins their session. @throws Problem as {@link signInAs} does */
export const finishDeviceSignIn = async (
  at: Ownership,
  times: SessionTimes,
  issuers: readonly IssuerSettings[],
  { secret, label }: { readonly secret: string; readonly label: string },
): Promise<DeviceSignInState> => {
  const turn = await takeTurn(at.sql, secret, defaultIntervalSeconds);
  if (turn === null) return { state: "pending", intervalSeconds: defaultIntervalSeconds };
  const { issuer: name = "", deviceCode = "" } = turn;
  const issuer = requireIssuer(issuers, name);
  const client = await connectToIssuer(issuer);
  const tokens = await asProblem(issuer, () => tokensOf(client, deviceCode));
  if (typeof tokens === "number") return { state: "pending", intervalSeconds: tokens };
  const identity = await identityFrom(issuer, client, tokens);
  await takeSignIn(at.sql, "device", secret);
  return { state: "finished", session: await signInAs(at, times, issuer, identity, label) };
};

/** What the issuer gives for the device code, or the seconds to wait while nobody has signed in. */
const tokensOf = async (client: Configuration, deviceCode: string) => {
  try {
    return await genericGrantRequest(client, "urn:ietf:params:oauth:grant-type:device_code", {
      device_code: deviceCode,
    });
  } catch (error) {
    if (!(error instanceof ResponseBodyError)) throw error;
    if (error.error === "authorization_pending") return defaultIntervalSeconds;
    if (error.error === "slow_down") return defaultIntervalSeconds + slowDownSeconds;
    throw error;
  }
};
