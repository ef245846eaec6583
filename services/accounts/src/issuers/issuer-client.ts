import { readFile } from "node:fs/promises";
import { Problem } from "@rollerblade/errors";
import { askOutside } from "@rollerblade/service-kit/outbound";
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type CustomFetch,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  ResponseBodyError,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from "openid-client";
import type { IssuerSettings } from "./issuer-settings.ts";
import { type ClaimedIdentity, readClaims } from "./read-claims.ts";

/** Milliseconds that an issuer may take for each answer: somebody waits. */
const answerTimeoutMs = 5_000;

/**
 * Asks an issuer what it is, and gives a client of it. Nothing of it is kept: sign-ins are rare, and so keys, endpoints and the client's
 * secret may change between two of them. The signature of each ID token is checked, also of those that come over TLS.
 * @throws Problem `unavailable` when the issuer does not answer
 */
export const connectToIssuer = async (settings: IssuerSettings): Promise<Configuration> => {
  const { url, clientId, privateAddress } = settings;
  const secret = await readSecret(settings);
  return asProblem(settings, () =>
    discovery(
      new URL(url),
      clientId,
      undefined,
      // The method that every issuer must know (OpenID Connect Core, section 9), unless it says that it does not.
      (as, client, body, headers) => {
        if (secret === undefined) return None()(as, client, body, headers);
        const known = as.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
        const authenticate = known.includes("client_secret_basic") ? ClientSecretBasic : ClientSecretPost;
        return authenticate(secret)(as, client, body, headers);
      },
      {
        [customFetch]: fetchOf(settings),
        execute: privateAddress ? [enableNonRepudiationChecks, allowInsecureRequests] : [enableNonRepudiationChecks],
      },
    ),
  );
};

/** Every request goes through the one client for the outside; only the issuer's own host may be private. */
const fetchOf =
  ({ url, privateAddress }: IssuerSettings): CustomFetch =>
  async (address, { method, headers, body }) => {
    const answer = await askOutside({
      url: new URL(address),
      method: method === "POST" ? "POST" : "GET",
      headers,
      body: body === undefined || body === null ? undefined : String(body),
      maxRedirects: 0,
      timeoutMs: answerTimeoutMs,
      mayBePrivate: (one) => privateAddress && one.host === new URL(url).host,
    });
    const answered = new Headers();
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined) answered.set(name, [value].flat().join(", "));
    return new Response(answer.body === "" ? null : answer.body, { status: answer.status, headers: answered });
  };

const readSecret = async ({ name, clientSecretFile }: IssuerSettings): Promise<string | undefined> => {
  if (clientSecretFile === undefined) return undefined;
  return readFile(clientSecretFile, "utf8").then(
    (text) => text.trim(),
    (cause: unknown) => {
      throw new Problem(
        {
          code: "unavailable",
          message: `The secret of the issuer "${name}" cannot be read.`,
          subject: name,
          next: "An administrator checks clientSecretFile in ROLLERBLADE_ACCOUNTS_ISSUERS.",
        },
        { cause },
      );
    },
  );
};

/** Reads who signed in. What the ID token does not say is asked of the user-info endpoint. @throws Problem as {@link readClaims} does */
export const identityFrom = async (
  settings: IssuerSettings,
  client: Configuration,
  tokens: TokenEndpointResponse & TokenEndpointResponseHelpers,
): Promise<ClaimedIdentity> => {
  const claims = tokens.claims();
  if (claims === undefined) throw refusedBy(settings, new Error("it sent no ID token"));
  const wanted = [settings.userClaim, settings.displayNameClaim, settings.groupsClaim];
  const isComplete = wanted.every((name) => claims[name] !== undefined);
  const more =
    isComplete || client.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : await asProblem(settings, () => fetchUserInfo(client, tokens.access_token, claims.sub));
  return readClaims(settings, claims.iss, claims.sub, { ...more, ...claims });
};

/** Runs a step at an issuer. @throws Problem `unavailable` where it does not answer, `unauthenticated` where it refuses or lies */
export const asProblem = async <T>(settings: IssuerSettings, step: () => Promise<T>): Promise<T> => {
  try {
    return await step();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw isAnswer(error) ? refusedBy(settings, error) : silent(settings, error);
  }
};

/** Whether the issuer has answered, and the answer was refused or is a refusal; an answer of 5xx is none. */
const isAnswer = (error: unknown): boolean => {
  if (error instanceof ResponseBodyError) return error.status < 500;
  if (error instanceof AuthorizationResponseError) return true;
  return error instanceof ClientError && error.code !== undefined && !noAnswer.has(error.code);
};

/** Codes of `openid-client` for what is not an answer of an issuer: another status than it must have, no JSON, and none in time. */
const noAnswer: ReadonlySet<string> = new Set([
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_RESPONSE_IS_NOT_JSON",
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
]);

const refusedBy = ({ name }: IssuerSettings, cause: unknown): Problem =>
  new Problem(
    {
      code: "unauthenticated",
      message: `The sign-in at the issuer "${name}" did not succeed.`,
      subject: name,
      next: "Begin it again; if it fails again, the log of accounts says why.",
    },
    { cause },
  );

const silent = ({ name }: IssuerSettings, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `The issuer "${name}" does not answer.`,
      subject: name,
      next: "Try again in a moment. Sessions go on, and whoever has a password can sign in with it.",
    },
    { cause },
  );
