import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsRoutes, createHttpClient, gatewayRoutes, type HttpClient } from "@rollerblade/client";
import { base64url, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gateway } from "../../services/gateway/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";
import { type Browser, newBrowser } from "./browser.ts";
import { type Sign, startTestIssuer, type TestIssuer } from "./test-issuer.ts";

/** Sign-ins at a real `oidc-provider`: what it says is believed only as far as its signature and the checks of OpenID Connect reach. */
let world: ServicesWorld;
let door: string;
let root: HttpClient;
let uni: TestIssuer;
let clinic: TestIssuer;
const secrets = mkdtempSync(join(tmpdir(), "rollerblade-test-secrets-"));

/** The address that people know the gateway by; the test goes to the door behind it. */
const publicUrl = "http://127.0.0.1:1";
const callback = (issuer: string): string => `${publicUrl}/v1/sign-in/issuers/${issuer}/callback`;
const profiles = { scopes: "openid profile groups", privateAddress: true };

beforeAll(async () => {
  [uni, clinic] = [await startTestIssuer(callback("uni")), await startTestIssuer(callback("clinic"))];
  const settings = (name: string, { url, clientId, clientSecret }: TestIssuer) => {
    const clientSecretFile = join(secrets, name);
    writeFileSync(clientSecretFile, `${clientSecret}\n`, { mode: 0o600 });
    return { name, url, clientId, clientSecretFile, ...profiles };
  };
  const issuers = [
    { ...settings("uni", uni), title: "University" },
    { ...settings("clinic", clinic), allowedGroups: ["radiology"] },
    // At a private address that nobody has allowed.
    { name: "hidden", url: "https://127.0.0.1:1", clientId: "rollerblade" },
  ];
  world = await startServicesWorld([gateway], { accounts: { issuers: JSON.stringify(issuers) } });
  door = world.url("gateway");
  root = createHttpClient({ url: door, token: world.adminToken });
  uni.people.set("u1", { preferred_username: "Ada.Lovelace", name: "Ada Lovelace", groups: ["/staff"] });
  uni.people.set("u2", { preferred_username: "bob", name: "Bob" });
  clinic.people.set("c1", { preferred_username: "carol", name: "Carol", groups: ["radiology", "/staff"] });
  clinic.people.set("c2", { preferred_username: "mallory", name: "Mallory", groups: ["kitchen"] });
  for (const [name, claim] of [
    ["staff", "uni:/staff"],
    ["radiology", "clinic:radiology"],
  ] as const)
    await root.call(accountsRoutes.createGroup, { body: { name, claim } });
});
afterAll(async () => {
  await world.stop();
  await Promise.all([uni.stop(), clinic.stop()]);
  rmSync(secrets, { recursive: true });
});

const doorOf = (url: string): string => url.replace(publicUrl, door);

/** Goes from this server to the issuer and back; gives the address of the callback, which nobody has opened yet. */
const toCallback = async (browser: Browser, issuer: string, login: string): Promise<string> => {
  const back = await browser.walk(`${door}/v1/sign-in/issuers/${issuer}`, callback(issuer), { login, password: "x" });
  if (back === null) throw new Error("The issuer did not send the browser back.");
  return doorOf(back);
};

/** Signs in; gives the status of the callback, and who one is then. */
const signIn = async (issuer: string, login: string, browser = newBrowser()) => {
  const response = await browser.get(await toCallback(browser, issuer, login));
  if (response.status !== 303) return { status: response.status, problem: await response.json() };
  expect(response.headers.get("location")).toBe("/");
  const me = await browser.get(`${door}/v1/me`);
  return { status: response.status, me: await me.json() };
};

test("a browser signs in by an authorization code, and follows the claim of groups at each sign-in", async () => {
  const { items } = await createHttpClient({ url: door }).call(gatewayRoutes.listIssuers, { query: {} });
  expect(items).toContainEqual({ name: "uni", title: "University" });
  const first = await signIn("uni", "u1");
  expect(first.me).toMatchObject({ name: "ada.lovelace", admin: false, groups: ["staff"], token: { kind: "session" } });
  uni.people.set("u1", { preferred_username: "renamed", name: "Ada", groups: [] });
  expect((await signIn("uni", "u1")).me).toMatchObject({ name: "ada.lovelace", groups: [] });
  uni.people.set("u1", { preferred_username: "renamed", name: "Ada", groups: "/staff" });
  expect((await signIn("uni", "u1")).me).toMatchObject({ groups: ["staff"] });
  // What cannot be understood takes nobody out silently.
  uni.people.set("u1", { preferred_username: "renamed", name: "Ada", groups: [{ id: 7 }] });
  expect((await signIn("uni", "u1")).problem).toMatchObject({ code: "invalid", subject: "groups" });
  const { items: members } = await root.call(accountsRoutes.listGroupMembers, { params: { name: "staff" }, query: {} });
  expect(members).toMatchObject([{ member: "ada.lovelace", source: "claim" }]);
});

test("an issuer makes nobody a member of another one's groups, and only who is in an allowed group signs in", async () => {
  expect((await signIn("clinic", "c1")).me).toMatchObject({ name: "carol", groups: ["radiology"] });
  expect(await signIn("clinic", "c2")).toMatchObject({ status: 403, problem: { code: "forbidden" } });
});

test("a name proves nothing: who is known here is linked by an administrator, by issuer and subject", async () => {
  await root.call(accountsRoutes.createUser, { body: { name: "bob" } });
  expect(await signIn("uni", "u2")).toMatchObject({ status: 409, problem: { code: "conflict" } });
  uni.people.set("u3", { preferred_username: "admin", name: "Not the administrator" });
  expect((await signIn("uni", "u3")).status).toBe(409);
  const identity = { issuer: uni.url, subject: "u2" };
  await root.call(accountsRoutes.linkIdentity, { params: { name: "bob" }, body: identity });
  const browser = newBrowser();
  expect((await signIn("uni", "u2", browser)).me).toMatchObject({ name: "bob" });
  // The same subject at another issuer is somebody else.
  clinic.people.set("u2", { preferred_username: "bob2", name: "Another", groups: ["radiology"] });
  expect((await signIn("clinic", "u2")).me).toMatchObject({ name: "bob2" });
  await root.call(accountsRoutes.unlinkIdentity, { params: { name: "bob" }, body: identity });
  expect((await browser.get(`${door}/v1/me`)).status).toBe(401);
  expect((await signIn("uni", "u2")).status).toBe(409);
  await root.call(accountsRoutes.changeUser, { params: { name: "bob2" }, body: { disabled: true } });
  expect((await signIn("clinic", "u2")).status).toBe(403);
});

test("a key that has rotated is no trouble", async () => {
  uni.people.set("u4", { preferred_username: "dora", name: "Dora" });
  expect((await signIn("uni", "u4")).me).toMatchObject({ name: "dora" });
  await uni.rotateKey();
  expect((await signIn("uni", "u4")).me).toMatchObject({ name: "dora" });
});

const forged: [string, (claims: JWTPayload, sign: Sign) => Promise<string>][] = [
  ["of another issuer", (claims, sign) => sign({ ...claims, iss: "https://evil.example" })],
  ["for another audience", (claims, sign) => sign({ ...claims, aud: "another-client" })],
  [
    "for two audiences, authorized for another",
    (claims, sign) => sign({ ...claims, aud: ["rollerblade", "x"], azp: "x" }),
  ],
  ["with another nonce", (claims, sign) => sign({ ...claims, nonce: "of another sign-in" })],
  ["without a nonce", ({ nonce: _, ...claims }, sign) => sign(claims)],
  ["that has expired", (claims, sign) => sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 3600 })],
  ["with alg none", async (claims) => new UnsecuredJWT(claims).encode()],
  [
    "signed with the client's secret",
    async (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(uni.clientSecret)),
  ],
  [
    "signed with another key",
    async (claims) => {
      const { privateKey } = await generateKeyPair("RS256");
      return new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
    },
  ],
  [
    "whose claims were changed after it was signed",
    async (claims, sign) => {
      const [header, , signature] = (await sign(claims)).split(".");
      return [header, base64url.encode(JSON.stringify({ ...claims, sub: "u1" })), signature].join(".");
    },
  ],
];
test.each(forged)("an ID token %s signs nobody in", async (_, change) => {
  uni.people.set("u4", { preferred_username: "dora", name: "Dora" });
  uni.tamper(change);
  const { status } = await signIn("uni", "u4").finally(() => uni.tamper(null));
  expect(status).toBe(401);
});

test("a callback counts once, for the browser that began, with its state, at its issuer", async () => {
  const browser = newBrowser();
  const back = new URL(await toCallback(browser, "uni", "u4"));
  expect(back.searchParams.get("iss")).toBe(uni.url);
  const other = newBrowser();
  expect((await other.get(back.href)).status).toBe(401);
  // The cookie of another sign-in.
  await toCallback(other, "uni", "u1");
  expect((await other.get(back.href)).status).toBe(401);
  expect((await browser.get(back.href)).status).toBe(303);
  expect((await browser.get(back.href)).status).toBe(401);
  const asked = uni.tokenRequests();
  const wrong: [string, (url: URL) => void][] = [
    ["state", (url) => url.searchParams.set("state", "another")],
    ["no state", (url) => url.searchParams.delete("state")],
    ["issuer", (url) => url.searchParams.set("iss", clinic.url)],
    ["error", (url) => url.searchParams.set("error", "access_denied")],
    ["at another issuer", (url) => (url.pathname = url.pathname.replace("/uni/", "/clinic/"))],
  ];
  for (const [what, change] of wrong) {
    const one = newBrowser();
    const url = new URL(await toCallback(one, "uni", "u4"));
    change(url);
    expect([what, (await one.get(url.href)).status]).toEqual([what, 401]);
  }
  // None of these codes was shown to the issuer.
  expect(uni.tokenRequests()).toBe(asked);
});

test("a browser is led to pages of this server only", async () => {
  const begin = (to: string) => newBrowser().get(`${door}/v1/sign-in/issuers/uni?returnTo=${encodeURIComponent(to)}`);
  for (const to of ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\r\nx: y"])
    expect([to, (await begin(to)).status]).toEqual([to, 400]);
  const browser = newBrowser();
  const begun = `${door}/v1/sign-in/issuers/uni?returnTo=/v1/me`;
  const back = await browser.walk(begun, callback("uni"), { login: "u4", password: "x" });
  const response = await browser.get(doorOf(back ?? ""));
  expect(response.headers.get("location")).toBe("/v1/me");
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^rollerblade_session=rbs_\S+; Path=\/; HttpOnly; SameSite=Lax; Expires=/),
    expect.stringMatching(/^rollerblade_sign_in=; .*1970/),
  ]);
});

test("an issuer that is away, or at a private address that was not allowed, is named; passwords and sessions go on", async () => {
  const browser = newBrowser();
  const back = await toCallback(browser, "uni", "u4");
  await uni.leave();
  const began = Date.now();
  const begun = await newBrowser().get(`${door}/v1/sign-in/issuers/uni`);
  expect([begun.status, await begun.json()]).toMatchObject([503, { code: "unavailable", subject: "uni" }]);
  expect((await browser.get(back)).status).toBe(503);
  expect(Date.now() - began).toBeLessThan(20_000);
  const hidden = await newBrowser().get(`${door}/v1/sign-in/issuers/hidden`);
  expect([hidden.status, await hidden.json()]).toMatchObject([503, { subject: "hidden" }]);
  expect((await newBrowser().get(`${door}/v1/sign-in/issuers/nobody`)).status).toBe(404);
  const { secret } = await root.call(accountsRoutes.resetPassword, { params: { name: "bob" } });
  const body = { name: "bob", password: secret, newPassword: "bob's password" };
  const { token } = await createHttpClient({ url: door }).call(gatewayRoutes.signIn, { body });
  await uni.comeBack();
  expect((await signIn("uni", "u4")).me).toMatchObject({ name: "dora" });
  expect(await createHttpClient({ url: door, token: token ?? "" }).call(accountsRoutes.me, {})).toMatchObject({
    name: "bob",
  });
});

test("the command line signs in by a code that somebody enters in a browser", async () => {
  const { ROLLERBLADE_URL: _, ROLLERBLADE_TOKEN: __, ...environment } = process.env;
  const run = (...command: string[]) =>
    execFile(process.execPath, [join(import.meta.dirname, "../../bin/rollerblade.ts"), ...command], {
      cwd: world.scratch,
      env: { ...environment, ROLLERBLADE_CREDENTIALS: join(world.scratch, "home", "credentials.json") },
    });
  const login = run("login", door, "--issuer", "uni");
  const [printed = ""] = await once(login.stderr ?? login, "data");
  const [, address = "", code = ""] = /^Open (\S+) and enter ([A-Z-]+)/.exec(String(printed)) ?? [];
  expect(address).toBe(`${uni.url}/device`);
  const fields = { login: "u4", password: "x", user_code: code, confirm: "yes" };
  await newBrowser().walk(address, "nowhere", fields);
  const text: string[] = [];
  login.stdout?.on("data", (part) => text.push(String(part)));
  expect((await once(login, "exit"))[0]).toBe(0);
  expect(text.join("")).toContain(`Signed in at ${door} as dora`);
  const who = run("whoami", "--json");
  const [json] = await once(who.stdout ?? who, "data");
  expect(JSON.parse(String(json))).toMatchObject({ name: "dora", token: { kind: "session" } });
});

test("a code counts once, for who holds its secret, and the issuer is asked no more often than it wants", async () => {
  const client = createHttpClient({ url: door });
  const begin = () => client.call(gatewayRoutes.beginDeviceSignIn, { body: { issuer: "uni" } });
  const finish = (secret: string) => client.call(gatewayRoutes.finishDeviceSignIn, { body: { secret } });
  const [first, second, third] = [await begin(), await begin(), await begin()];
  const asked = uni.tokenRequests();
  for (let tries = 0; tries < 5; tries += 1)
    expect(await finish(second.secret)).toEqual({ state: "pending", intervalSeconds: 5 });
  expect(uni.tokenRequests()).toBe(asked + 1);
  const enter = (user_code: string, more = {}) =>
    newBrowser().walk(first.verificationUri, "nowhere", {
      login: "u4",
      password: "x",
      user_code,
      confirm: "yes",
      ...more,
    });
  await enter(first.userCode);
  const both = await Promise.allSettled([finish(first.secret), finish(first.secret)]);
  const finished = both.filter((one) => one.status === "fulfilled" && one.value.state === "finished");
  expect(finished).toHaveLength(1);
  await expect(finish(first.secret)).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(finish("another secret")).rejects.toMatchObject({ code: "unauthenticated" });
  await enter(third.userCode, { abort: "yes" });
  await expect(finish(third.secret)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("each sign-in, and each that was refused, stands in the audit log", async () => {
  const { items } = await root.call(accountsRoutes.listAudit, { query: { action: "session.", limit: 1000 } });
  const begun = items.filter(({ action, details }) => action === "session.begun" && details.method === "issuer uni");
  expect(begun.length).toBeGreaterThan(5);
  const refused = items.filter(({ action, subject }) => action === "session.refused" && subject === "issuer uni");
  expect(refused.length).toBeGreaterThanOrEqual(forged.length);
  const linked = await root.call(accountsRoutes.listAudit, { query: { action: "identity." } });
  expect(new Set(linked.items.map(({ action }) => action))).toEqual(new Set(["identity.linked", "identity.unlinked"]));
});
