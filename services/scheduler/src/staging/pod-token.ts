import { Problem } from "@rollerblade/errors";
import type { ClusterClient } from "@rollerblade/kubernetes";
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";

/** Whose tokens are good here. */
export type TokenParts = {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
};

/** The Pod that a token is bound to. */
export type BoundPod = { readonly name: string; readonly uid: string };

/** Finds the Pod that a projected token is bound to. @throws Problem `unauthenticated`, ClusterError */
export type CheckToken = (token: string) => Promise<BoundPod>;

/** Milliseconds after which keys are read again, so that a key that was withdrawn is worth nothing. */
const keysAge = 300_000;

/** Milliseconds for which nobody asks again for keys that the cluster does not show. */
const keysPause = 60_000;

/** How an API server signs; never with a secret that two share. */
const algorithms = ["RS256", "ES256", "ES384", "ES512"];

/**
 * Checks tokens by the cluster's public keys, which costs the API server nothing. What they do not vouch for is sent to it for review:
 * its word is the last. A token outlives its Pod by some time: whether the Pod is still there, whoever asks has to look.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 */
export const createTokenCheck = (parts: TokenParts): CheckToken => {
  const checkByKeys = createCheckByKeys(parts);
  return async (token) => (await checkByKeys(token)) ?? reviewToken(parts, token);
};

const discovery = z.object({ issuer: z.string().min(1) });

const claims = z.object({
  "kubernetes.io": z.object({ pod: z.object({ name: z.string().min(1), uid: z.string().min(1) }) }),
});

type Keys = { readonly issuer: string; readonly keyOf: JWTVerifyGetKey };

/** Null for a token that is not known to be good. */
const createCheckByKeys = (parts: TokenParts): ((token: string) => Promise<BoundPod | null>) => {
  const subject = userOf(parts);
  let keys: Promise<Keys | null> | undefined;
  const readSoonAgain = (): null => {
    setTimeout(() => {
      keys = undefined;
    }, keysPause).unref();
    return null;
  };
  return async (token) => {
    keys ??= readKeys(parts.client).catch(readSoonAgain);
    const known = await keys;
    if (known === null) return null;
    const { issuer, keyOf } = known;
    try {
      const expected = { issuer, audience: parts.audience, subject, algorithms, requiredClaims: ["exp"] };
      const { payload } = await jwtVerify(token, keyOf, expected);
      return claims.parse(payload)["kubernetes.io"].pod;
    } catch {
      return null;
    }
  };
};

/** Where every API server shows them to service accounts, unless somebody has taken that right away. @throws ClusterError */
const readKeys = async (client: ClusterClient): Promise<Keys> => {
  const path = "/openid/v1/jwks";
  const { issuer } = discovery.parse(await client.call({ path: "/.well-known/openid-configuration" }));
  // The address is only a name: the keys come from the API server that we speak to.
  const keyOf = createRemoteJWKSet(new URL(path, "https://kubernetes.default.svc"), {
    cacheMaxAge: keysAge,
    [customFetch]: async () => Response.json(await client.call({ path })),
  });
  await keyOf.reload();
  return { issuer, keyOf };
};

const reviewToken = async (parts: TokenParts, token: string): Promise<BoundPod> => {
  const { client, audience } = parts;
  const { status } = await client.authentication.createTokenReview({
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences: [audience] } },
  });
  const { username = "", extra = {} } = status?.user ?? {};
  if (status?.authenticated !== true || status.audiences?.includes(audience) !== true)
    throw unknown("This token is not one of a Pod, or not for us.");
  if (username !== userOf(parts)) throw unknown(`This token is one of ${username}, which runs no analyses.`);
  const [name] = extra["authentication.kubernetes.io/pod-name"] ?? [];
  const [uid] = extra["authentication.kubernetes.io/pod-uid"] ?? [];
  if (name === undefined || uid === undefined) throw unknown("This token is bound to no Pod.");
  return { name, uid };
};

/** As tokens and reviews name it. */
const userOf = ({ namespace, serviceAccount }: TokenParts): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`;

const unknown = (message: string): Problem => new Problem({ code: "unauthenticated", message });
