import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createServiceTokens, isServiceToken, newServiceKeys } from "./service-tokens.ts";

const { privateKeys, publicKeys } = newServiceKeys(["catalog", "scheduler"]);
const catalog = createServiceTokens("catalog", privateKeys.catalog ?? "", publicKeys);
const scheduler = createServiceTokens("scheduler", privateKeys.scheduler ?? "", publicKeys);
const schedulerKey = privateKeyOf(privateKeys.scheduler);

function privateKeyOf(text = ""): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
}
const keyId = (key: KeyObject): string =>
  createHash("sha256")
    .update(createPublicKey(key).export({ format: "der", type: "spki" }))
    .digest("base64url")
    .slice(0, 16);

type Changed = Readonly<Record<string, unknown>>;

/** What the scheduler would sign for the catalog, changed here and there. */
const payload = (change: Changed = {}): JWTPayload => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: "scheduler", aud: "catalog", sub: "service:scheduler", iat: now, exp: now + 60, ...change };
};
const signed = (change: Changed = {}, key = schedulerKey, kid = keyId(schedulerKey)): Promise<string> =>
  new SignJWT(payload(change)).setProtectedHeader({ alg: "EdDSA", kid }).sign(key);

const refused = { code: "unauthenticated", message: "This service token is not valid here, or is no longer valid." };

afterEach(() => void vi.useRealTimers());

test("a service speaks for itself, or for one person", async () => {
  expect(await catalog.verify(await scheduler.sign("catalog"))).toEqual({ service: "scheduler", person: null });
  const ada = await scheduler.sign("catalog", { name: "ada" });
  expect(await catalog.verify(ada)).toEqual({ service: "scheduler", person: "ada" });
  // Documents of an operator's file belong to the services.
  const file = await scheduler.sign("catalog", { name: "service" });
  expect(await catalog.verify(file)).toEqual({ service: "scheduler", person: null });
});

test("a person who is called like a service is a person", async () => {
  const token = await scheduler.sign("catalog", { name: "catalog" });
  expect(await catalog.verify(token)).toEqual({ service: "scheduler", person: "catalog" });
});

test("a token is for one service", async () => {
  await expect(catalog.verify(await scheduler.sign("tagger"))).rejects.toMatchObject(refused);
  await expect(catalog.verify(await signed({ aud: undefined }))).rejects.toMatchObject(refused);
});

test("a token is good for a minute, and for the five seconds by which clocks may differ", async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ["Date"] });
  const token = await scheduler.sign("catalog");
  vi.setSystemTime(1_800_000_064_000);
  expect(await catalog.verify(token)).toMatchObject({ service: "scheduler" });
  vi.setSystemTime(1_800_000_066_000);
  await expect(catalog.verify(token)).rejects.toMatchObject(refused);
});

describe("what no service of this program signs is refused", () => {
  const now = Math.floor(Date.now() / 1000);
  test.each<[string, Changed]>([
    ["no expiry", { exp: undefined }],
    ["a long life", { exp: now + 3_600 }],
    ["no time of making", { iat: undefined }],
    ["a time of making to come", { iat: now + 600, exp: now + 660 }],
    ["no subject", { sub: undefined }],
    ["another service as the subject", { sub: "service:accounts" }],
    ["the services themselves as a person", { sub: "person:service" }],
    ["nobody as a person", { sub: "person:" }],
    ["another issuer's name", { iss: "catalog" }],
    ["an unknown issuer", { iss: "billing" }],
    ["a list of audiences without this one", { aud: ["tagger", "ingest"] }],
  ])("%s", async (_, change) => {
    await expect(catalog.verify(await signed(change))).rejects.toMatchObject(refused);
  });

  test("alg: none", async () => {
    const token = new UnsecuredJWT(payload()).encode();
    expect(isServiceToken(token)).toBe(true);
    await expect(catalog.verify(token)).rejects.toMatchObject(refused);
  });

  test("a secret in place of a key pair: the public key, which everybody knows", async () => {
    const secret = Buffer.from(publicKeys.scheduler?.[0] ?? "", "base64");
    const token = await new SignJWT(payload())
      .setProtectedHeader({ alg: "HS256", kid: keyId(schedulerKey) })
      .sign(secret);
    await expect(catalog.verify(token)).rejects.toMatchObject(refused);
  });

  test("a key that nobody has, also under the name of a known one, or brought along", async () => {
    const strange = privateKeyOf(newServiceKeys(["scheduler"]).privateKeys.scheduler);
    await expect(catalog.verify(await signed({}, strange, keyId(strange)))).rejects.toMatchObject(refused);
    await expect(catalog.verify(await signed({}, strange))).rejects.toMatchObject(refused);
    const jwk = createPublicKey(strange).export({ format: "jwk" });
    const withKey = new SignJWT(payload()).setProtectedHeader({
      alg: "EdDSA",
      kid: keyId(strange),
      jwk: { ...jwk, kty: "OKP" },
    });
    await expect(catalog.verify(await withKey.sign(strange))).rejects.toMatchObject(refused);
  });

  test("a changed letter", async () => {
    const [header = "", , signature = ""] = (await scheduler.sign("catalog")).split(".");
    const [, other = ""] = (await scheduler.sign("catalog", { name: "root" })).split(".");
    await expect(catalog.verify([header, other, signature].join("."))).rejects.toMatchObject(refused);
  });
});

test("two keys of a service count while one is replaced, and the old one no longer once it is removed", async () => {
  const next = newServiceKeys(["scheduler"]);
  const both = [...(publicKeys.scheduler ?? []), ...(next.publicKeys.scheduler ?? [])];
  const during = createServiceTokens("catalog", privateKeys.catalog ?? "", { scheduler: both });
  const after = createServiceTokens("catalog", privateKeys.catalog ?? "", next.publicKeys);
  const renewed = createServiceTokens("scheduler", next.privateKeys.scheduler ?? "", {});
  for (const signer of [scheduler, renewed])
    expect(await during.verify(await signer.sign("catalog"))).toMatchObject({ service: "scheduler" });
  expect(await after.verify(await renewed.sign("catalog"))).toMatchObject({ service: "scheduler" });
  await expect(after.verify(await scheduler.sign("catalog"))).rejects.toMatchObject(refused);
});

test.each([["not a key"], [publicKeys.catalog?.[0] ?? ""]])("%j is not a private key, and is not repeated", (key) => {
  const make = () => createServiceTokens("catalog", key, publicKeys);
  expect(make).toThrow(expect.objectContaining({ code: "invalid", subject: "ROLLERBLADE_SERVICE_KEY" }));
  expect(make).not.toThrow(new RegExp(key.slice(0, 8)));
});

test.each([["rb_3q2-7w_"], ["a.b"], ["a.b.c.d"], ["a b.c.d"]])("%j is not a token of a service", (token) => {
  expect(isServiceToken(token)).toBe(false);
});
