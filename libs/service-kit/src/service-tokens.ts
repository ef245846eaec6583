import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import { decodeJwt, type JWTHeaderParameters, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { OnBehalfOf } from "./principal.ts";
import { type ServiceName, serviceNames } from "./service-name.ts";

/**
 * Public Ed25519 keys by service: SPKI in DER, in base64. A service has two while its key is replaced: the new one is added everywhere,
 * then the service signs with it, then the old one is removed.
 */
export type ServicePublicKeys = Readonly<Partial<Record<ServiceName, readonly string[]>>>;

/** A service that calls, and the person for whom it does; null when it calls for itself. */
export type ServiceCaller = {
  readonly service: ServiceName;
  readonly person: string | null;
  /** Id of the token with which the person asked, where it is limited to resources. */
  readonly limitedToken?: string | undefined;
};

/** Signs what a service sends to others, and checks what others send to it. */
export type ServiceTokens = {
  /** A token for one service, in the name of this service or of a person. */
  sign(audience: ServiceName, onBehalfOf?: OnBehalfOf): Promise<string>;
  /** Who sent a token. @throws Problem `unauthenticated` unless a known service signed it for this one, at most a minute ago */
  verify(token: string): Promise<ServiceCaller>;
};

/** Seconds that a token is good for: it is made for one call, and checked when the call begins. */
const tokenSeconds = 60;

/** Seconds by which the clocks of two machines may differ. */
const clockSeconds = 5;

/** The principal in whose name services work for themselves; no person can have this name. */
export const servicePrincipalName = "service";

const claims = z.object({
  iss: z.enum(serviceNames),
  sub: z.string(),
  iat: z.number(),
  exp: z.number(),
  limited_token: z.uuid().optional(),
});

/** Whether a bearer token has the form of a JWT (RFC 7519), which tokens of people have not. */
export const isServiceToken = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

/**
 * Tokens of one service: JWTs signed with Ed25519 (RFC 8037) and read with `service` as audience. The subject is `person:<name>` or
 * `service:<name>`; the claim `limited_token` is the id of the person's token where that is limited to resources.
 * @param key the service's private key: PKCS #8 in DER, in base64
 * @throws Problem `invalid` when a key cannot be read
 */
export const createServiceTokens = (
  service: ServiceName,
  key: string,
  publicKeys: ServicePublicKeys,
): ServiceTokens => {
  const own = readKey("ROLLERBLADE_SERVICE_KEY", () =>
    createPrivateKey({ key: bytes(key), format: "der", type: "pkcs8" }),
  );
  const kid = keyId(createPublicKey(own));
  const trusted = new Map(serviceNames.map((name) => [name, keysOf(publicKeys[name] ?? [])]));
  return {
    sign(audience, onBehalfOf) {
      const now = Math.floor(Date.now() / 1000);
      const { limits } = onBehalfOf ?? {};
      return new SignJWT(limits === undefined ? {} : { limited_token: limits.token })
        .setProtectedHeader({ alg: "EdDSA", typ: "JWT", kid })
        .setIssuer(service)
        .setAudience(audience)
        .setSubject(subjectOf(service, onBehalfOf))
        .setIssuedAt(now)
        .setExpirationTime(now + tokenSeconds)
        .sign(own);
    },
    async verify(token) {
      try {
        const { iss } = claims.parse(decodeJwt(token));
        const keyOf = (header: JWTHeaderParameters): KeyObject => {
          const found = trusted.get(iss)?.get(String(header.kid));
          if (found === undefined) throw new Error(`no key of ${iss} is called ${header.kid}`);
          return found;
        };
        const { payload } = await jwtVerify(token, keyOf, {
          algorithms: ["EdDSA"],
          audience: service,
          maxTokenAge: tokenSeconds,
          clockTolerance: clockSeconds,
        });
        return callerOf(claims.parse(payload));
      } catch (cause) {
        throw refused(cause);
      }
    },
  };
};

const subjectOf = (service: ServiceName, onBehalfOf: OnBehalfOf | undefined): string =>
  onBehalfOf === undefined || onBehalfOf.name === servicePrincipalName
    ? `service:${service}`
    : `person:${onBehalfOf.name}`;

const callerOf = ({ iss, sub, iat, exp, limited_token: limitedToken }: z.output<typeof claims>): ServiceCaller => {
  if (exp - iat > tokenSeconds) throw new Error(`it is good for ${exp - iat} seconds`);
  if (sub === `service:${iss}`) return { service: iss, person: null };
  const person = /^person:(.+)$/s.exec(sub)?.[1];
  if (person === undefined || person === servicePrincipalName) throw new Error(`${iss} may not speak for ${sub}`);
  return { service: iss, person, ...(limitedToken !== undefined && { limitedToken }) };
};

/** Key pairs of services, made anew: for all of one process, which need not be written anywhere. */
export const newServiceKeys = (
  services: readonly ServiceName[],
): { readonly privateKeys: Readonly<Partial<Record<ServiceName, string>>>; readonly publicKeys: ServicePublicKeys } => {
  const pairs = services.map((service) => [service, newPair()] as const);
  return {
    privateKeys: Object.fromEntries(pairs.map(([service, pair]) => [service, pair.privateKey])),
    publicKeys: Object.fromEntries(pairs.map(([service, pair]) => [service, [pair.publicKey]])),
  };
};

const newPair = (): { privateKey: string; publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { format: "der", type: "pkcs8" },
    publicKeyEncoding: { format: "der", type: "spki" },
  });
  return { privateKey: privateKey.toString("base64"), publicKey: publicKey.toString("base64") };
};

const keysOf = (keys: readonly string[]): Map<string, KeyObject> =>
  new Map(
    keys
      .map((key) =>
        readKey("ROLLERBLADE_SERVICE_PUBLIC_KEYS", () =>
          createPublicKey({ key: bytes(key), format: "der", type: "spki" }),
        ),
      )
      .map((key) => [keyId(key), key]),
  );

/** Keys are named by their content, so that a rotation needs no agreement about names. */
const keyId = (key: KeyObject): string =>
  createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("base64url")
    .slice(0, 16);

const bytes = (base64: string): Buffer => Buffer.from(base64, "base64");

const readKey = (setting: string, read: () => KeyObject): KeyObject => {
  try {
    const key = read();
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // The cause could show a part of the key.
  }
  throw new Problem({
    code: "invalid",
    message: `${setting} has a key that is not one of Ed25519.`,
    subject: setting,
    next: "Make keys with `openssl genpkey -algorithm ed25519 -outform DER | base64 -w0`, as k8s/create-secrets.sh does.",
  });
};

const refused = (cause: unknown): Problem =>
  new Problem(
    {
      code: "unauthenticated",
      message: "This service token is not valid here, or is no longer valid.",
      next: "Services make a token for each call; people use a token of `rollerblade tokens create`.",
    },
    { cause },
  );
