import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { Ownership } from "../resources.ts";
import type { NewSession, SessionTimes } from "../sessions.ts";
import { keepSignIn, signInIsOver, takeSignIn } from "./begun-sign-ins.ts";
import { asProblem, connectToIssuer, identityFrom } from "./issuer-client.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { signInAs } from "./sign-in-as.ts";

/** Seconds from the beginning to the end: long enough to look for a second factor. */
const signInSeconds = 600;

/** Where an issuer sends a browser back to; one address for each, so that no issuer can answer for another one (RFC 9700, section 4.4). */
const callbackUrl = (publicUrl: string, { name }: IssuerSettings): string =>
  `${publicUrl}/v1/sign-in/issuers/${name}/callback`;

/** Begins a sign-in by an authorization code with PKCE (RFC 7636). @throws Problem `unavailable` when the issuer does not answer */
export const beginBrowserSignIn = async (
  { sql }: Pick<Ownership, "sql">,
  publicUrl: string,
  issuer: IssuerSettings,
  returnTo: string,
) => {
  const client = await connectToIssuer(issuer);
  const secrets = { verifier: randomPKCECodeVerifier(), state: randomState(), nonce: randomNonce() };
  const url = buildAuthorizationUrl(client, {
    redirect_uri: callbackUrl(publicUrl, issuer),
    scope: issuer.scopes,
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: "S256",
  });
  const kept = await keepSignIn(
    sql,
    { kind: "browser", secrets: { ...secrets, returnTo, issuer: issuer.name } },
    signInSeconds,
  );
  return { url: url.href, ...kept };
};

/** What a browser has brought back. */
type Returned = { readonly secret: string; readonly query: string; readonly label: string };

/**
 * Begins a session for whom the issuer has sent back to the browser that began. The sign-in is over before anybody is asked, so that nothing can
 * be tried with it twice.
 * @throws Problem `unauthenticated`, `unavailable`, and as {@link signInAs} does
 */
export const finishBrowserSignIn = async (
  at: Ownership,
  times: SessionTimes,
  publicUrl: string,
  issuer: IssuerSettings,
  { secret, query, label }: Returned,
): Promise<{ readonly session: NewSession; readonly returnTo: string }> => {
  const begun = await takeSignIn(at.sql, "browser", secret);
  const { verifier = "", state = "", nonce = "", returnTo = "/" } = begun;
  if (begun.issuer !== issuer.name) throw signInIsOver();
  const identity = await asProblem(issuer, async () => {
    const client = await connectToIssuer(issuer);
    const url = new URL(`${callbackUrl(publicUrl, issuer)}?${query}`);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return identityFrom(issuer, client, await authorizationCodeGrant(client, url, checks));
  });
  return { session: await signInAs(at, times, issuer, identity, label), returnTo };
};
