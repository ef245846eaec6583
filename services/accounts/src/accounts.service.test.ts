import { randomBytes } from "node:crypto";
import { accountsRoutes, createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import { type MessageOf, topics } from "@rollerblade/events";
import { hashToken, type RunningServices, runService } from "@rollerblade/service-kit";
import { serviceClient, serviceToken, testSettings } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { followClaim } from "./groups.ts";
import { accounts } from "./index.ts";

const servers = await startMigratedServers([accounts.database]);
const adminToken = randomBytes(16).toString("hex");
const settings = testSettings(servers);

let sql: Sql;
let running: RunningServices;
let url: string;
let admin: HttpClient;
let ada: HttpClient;
let bob: HttpClient;
let eve: HttpClient;

const start = async (token = adminToken): Promise<void> => {
  running = await runService(accounts, settings, { accounts: { adminToken: token } });
  url = running.urls.accounts ?? "";
  admin = createHttpClient({ url, token });
};

const person = async (name: string): Promise<HttpClient> => {
  await admin.call(accountsRoutes.createUser, { body: { name } });
  const { token } = await admin.call(accountsRoutes.createToken, { body: { user: name, label: "test" } });
  return createHttpClient({ url, token });
};

beforeAll(async () => {
  sql = connect(servers.databaseUrl, { max: 2 });
  await start();
  [ada, bob, eve] = [await person("ada"), await person("bob"), await person("eve")];
});
afterAll(async () => {
  await running.stop();
  await disconnect(sql);
  await servers.stop();
});

/** Somebody who has signed in; the password is `NAME's password`. */
const signedIn = async (name: string): Promise<HttpClient> => {
  const service = serviceClient("accounts", { url });
  const { secret } = await admin.call(accountsRoutes.resetPassword, { params: { name } });
  const body = { name, password: secret, newPassword: `${name}'s password`, address: "192.0.2.1" };
  return createHttpClient({ url, token: (await service.call(accountsRoutes.beginSession, { body })).token });
};

const brains = { kind: "dataset", name: "brains" } as const;
const grantTo = (grantee: string) => ({ kind: "dataset", resource: "brains", grantee }) as const;
const seen = async (client: HttpClient): Promise<string[]> =>
  (await client.call(accountsRoutes.listResources, { query: {} })).items.map(({ name, role }) => `${name} ${role}`);

test("the administrator of the settings has a token, services sign, and everybody knows who they are", async () => {
  expect(await admin.call(accountsRoutes.me, {})).toMatchObject({ name: "admin", admin: true });
  const service = serviceClient("accounts", { url }, "catalog");
  expect(await service.call(accountsRoutes.me, {})).toMatchObject({ name: "service", admin: true });
  expect(await ada.call(accountsRoutes.me, {})).toMatchObject({ name: "ada", admin: false, groups: [] });
  expect(await sql`select 1 from accounts.access_v1 where principal = 'service' and token_hash is not null`).toEqual(
    [],
  );
});

test("no token and an unknown token get nowhere", async () => {
  for (const token of [undefined, "rb_unknown"]) {
    await expect(createHttpClient({ url, token }).call(accountsRoutes.me, {})).rejects.toMatchObject({
      code: "unauthenticated",
    });
  }
});

test("a token is random, is shown once, and only its hash is kept", async () => {
  await person("lin");
  const lin = await signedIn("lin");
  const made = await lin.call(accountsRoutes.createToken, { body: { label: "laptop" } });
  expect(made.token).toMatch(/^rbp_[A-Za-z0-9_-]{49}$/);
  const [row] = await sql`select hash from accounts.tokens where id = ${made.id}`;
  expect(row).toEqual({ hash: hashToken(made.token) });
  const { items } = await lin.call(accountsRoutes.listTokens, { query: {} });
  expect(items.map(({ label, kind, revokedAt }) => [label, kind, revokedAt === null])).toEqual([
    ["test", "personal", false],
    ["sign-in", "session", true],
    ["laptop", "personal", true],
  ]);
  const days = (Date.parse(made.expiresAt ?? "") - Date.parse(made.createdAt)) / 86_400_000;
  expect(Math.round(days)).toBe(90);
  expect(JSON.stringify(items)).not.toContain(made.token);
});

test("a revoked, an expired and a disabled user's token are worth nothing at once, and do not come back", async () => {
  const mint = () => admin.call(accountsRoutes.createToken, { body: { label: "one", user: "bob" } });
  const one = await mint();
  const client = createHttpClient({ url, token: one.token });
  const me = () => client.call(accountsRoutes.me, {});
  await me();
  await expect(eve.call(accountsRoutes.revokeToken, { params: { id: one.id } })).rejects.toMatchObject({
    code: "not-found",
  });
  await sql`update accounts.tokens set expires_at = now() - interval '1 second' where id = ${one.id}`;
  await expect(me()).rejects.toMatchObject({ code: "unauthenticated" });
  await sql`update accounts.tokens set expires_at = null where id = ${one.id}`;
  await me();
  await admin.call(accountsRoutes.changeUser, { params: { name: "bob" }, body: { disabled: true } });
  await expect(me()).rejects.toMatchObject({ code: "unauthenticated" });
  await admin.call(accountsRoutes.changeUser, { params: { name: "bob" }, body: { disabled: false } });
  await expect(me()).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(bob.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  const two = await mint();
  bob = createHttpClient({ url, token: two.token });
  await bob.call(accountsRoutes.revokeToken, { params: { id: two.id } });
  await expect(bob.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  bob = createHttpClient({ url, token: (await mint()).token });
});

test("only administrators manage users and read the audit log", async () => {
  const forbidden = { code: "forbidden" };
  await expect(ada.call(accountsRoutes.listUsers, { query: {} })).rejects.toMatchObject(forbidden);
  await expect(ada.call(accountsRoutes.createUser, { body: { name: "mallory" } })).rejects.toMatchObject(forbidden);
  await expect(ada.call(accountsRoutes.resetPassword, { params: { name: "bob" } })).rejects.toMatchObject(forbidden);
  await expect(ada.call(accountsRoutes.createToken, { body: { user: "bob", label: "x" } })).rejects.toMatchObject(
    forbidden,
  );
  await expect(ada.call(accountsRoutes.listTokens, { query: { user: "bob" } })).rejects.toMatchObject(forbidden);
  await expect(ada.call(accountsRoutes.listAudit, { query: {} })).rejects.toMatchObject(forbidden);
  await expect(
    ada.call(accountsRoutes.changeUser, { params: { name: "ada" }, body: { admin: true } }),
  ).rejects.toMatchObject(forbidden);
});

test("a token makes, lists and renews no credentials; who has signed in does", async () => {
  await person("max");
  const max = await signedIn("max");
  const { token } = await max.call(accountsRoutes.createToken, { body: { label: "script", scope: "admin" } });
  const script = createHttpClient({ url, token });
  await expect(script.call(accountsRoutes.createToken, { body: { label: "more" } })).rejects.toMatchObject({
    code: "forbidden",
    message: "A token cannot make, list or renew credentials.",
  });
  await expect(
    max.call(accountsRoutes.createToken, { body: { label: "x", expiresInDays: 366 } }),
  ).rejects.toMatchObject({ code: "invalid" });
});

test.each([
  ["read", [200, 403, 403]],
  ["run", [200, 403, 403]],
  ["write", [200, 200, 403]],
  ["admin", [200, 200, 200]],
] as const)("a token for %s reads, claims and makes groups as far as its scope goes", async (scope, expected) => {
  const body = { user: "max", label: scope, scope };
  const { token } = await admin.call(accountsRoutes.createToken, { body });
  const call = async (method: string, path: string, sent?: unknown) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(sent === undefined ? {} : { "content-type": "application/json" }),
    };
    return (
      await fetch(new URL(path, url), { method, headers, body: sent === undefined ? null : JSON.stringify(sent) })
    ).status;
  };
  expect([
    await call("GET", "/v1/me"),
    await call("PUT", `/v1/resources/query/scope-${scope}`),
    await call("POST", "/v1/groups", { name: `scope-${scope}` }),
  ]).toEqual(expected);
});

test("a one-time secret chooses a password once, and both end what was open before", async () => {
  const old = await person("kim");
  const service = serviceClient("accounts", { url });
  const begin = (password: string, newPassword?: string) =>
    service.call(accountsRoutes.beginSession, { body: { name: "kim", password, newPassword, address: "192.0.2.2" } });
  const { secret } = await admin.call(accountsRoutes.resetPassword, { params: { name: "kim" } });
  await expect(old.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(begin(secret)).rejects.toMatchObject({ code: "invalid" });
  await expect(begin(secret, "short")).rejects.toMatchObject({ code: "invalid" });
  const session = createHttpClient({ url, token: (await begin(secret, "a fine password")).token });
  await session.call(accountsRoutes.me, {});
  await expect(begin(secret, "another password")).rejects.toMatchObject({ code: "unauthenticated" });
  await begin("a fine password", "a finer password");
  await expect(session.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  const [row] = await sql`select hash from accounts.passwords where user_name = 'kim'`;
  expect(row?.hash).toMatch(/^\$argon2id\$/);
  await sql`update accounts.passwords set one_time_until = now() - interval '1 second' where user_name = 'kim'`;
  await expect(begin("a finer password", "a third password")).rejects.toMatchObject({ code: "unauthenticated" });
});

test("who guesses is held off after five tries, with the right password too; others sign in all the while", async () => {
  await person("may");
  await signedIn("may");
  const service = serviceClient("accounts", { url });
  const begin = async (name: string, password: string, address = "192.0.2.3"): Promise<string> => {
    const response = await fetch(new URL("/v1/internal/sessions", url), {
      method: "POST",
      headers: { authorization: `Bearer ${await serviceToken("accounts")}`, "content-type": "application/json" },
      body: JSON.stringify({ name, password, address }),
    });
    return String(response.status);
  };
  const tries = await Promise.all(Array.from({ length: 20 }, (_, i) => begin("may", `guess ${i}`)));
  expect(tries.sort()).toEqual([...Array(5).fill("401"), ...Array(15).fill("429")]);
  // Each of these counts for itself, so that none is held off: as many could be tried without the throttle.
  const started = performance.now();
  const free = await Promise.all(Array.from({ length: 20 }, (_, i) => begin(`may-${i}`, "a guess", `198.51.100.${i}`)));
  const perMinute = Math.round((free.length * 60_000) / (performance.now() - started));
  expect(new Set(free)).toEqual(new Set(["401"]));
  console.log(
    `sign-in: ${perMinute} tries a minute are checked without the throttle, 5 in 15 minutes of one name from one address with it`,
  );
  expect(perMinute).toBeGreaterThan(5);
  expect(await begin("may", "may's password")).toBe("429");
  expect(await begin("may", "may's password", "192.0.2.4")).toBe("200");
  // Names that nobody has are counted and answered alike.
  const unknown = await Promise.all(Array.from({ length: 6 }, (_, i) => begin("nobody", `guess ${i}`, "192.0.2.5")));
  expect(unknown.sort()).toEqual([...Array(5).fill("401"), "429"]);
  await expect(
    service.call(accountsRoutes.beginSession, { body: { name: "eve", password: "x", address: "192.0.2.6" } }),
  ).rejects.toMatchObject({ code: "unauthenticated", message: "The name or the password is wrong." });
});

test("a session ends when it was not used, when its time is over, at the sign-out, and everywhere at once", async () => {
  await person("pat");
  const [one, two] = [await signedIn("pat"), await signedIn("pat")];
  // The second choice of a password has ended the first session.
  await expect(one.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  const { token } = await two.call(accountsRoutes.me, {});
  expect(token).toMatchObject({ kind: "session", scope: "admin" });
  await sql`update accounts.tokens set created_at = now() - interval '25 hours' where id = ${token?.id ?? ""}`;
  await expect(two.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  const [hash] = await sql<{ hash: string }[]>`select hash from accounts.tokens where id = ${token?.id ?? ""}`;
  await sql`select accounts.use_token_v1(${hash?.hash ?? ""})`;
  await two.call(accountsRoutes.me, {});
  await sql`update accounts.tokens set expires_at = now() where id = ${token?.id ?? ""}`;
  await expect(two.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  const service = serviceClient("accounts", { url });
  const again = async () => {
    const body = { name: "pat", password: "pat's password", address: "192.0.2.7" };
    return createHttpClient({ url, token: (await service.call(accountsRoutes.beginSession, { body })).token });
  };
  const [three, four, five] = [await again(), await again(), await again()];
  await three.call(accountsRoutes.endSessions, { body: {} });
  await expect(three.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  await four.call(accountsRoutes.endSessions, { body: { everywhere: true } });
  await expect(five.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
});

test("the last administrator can be neither demoted nor disabled, also by two at once", async () => {
  const change = (client: HttpClient, name: string, body: { admin?: boolean; disabled?: boolean }) =>
    client.call(accountsRoutes.changeUser, { params: { name }, body });
  for (const body of [{ admin: false }, { disabled: true }])
    await expect(change(admin, "admin", body)).rejects.toMatchObject({ code: "conflict" });
  await admin.call(accountsRoutes.createUser, { body: { name: "root", admin: true } });
  const both = await Promise.allSettled([
    change(admin, "admin", { admin: false }),
    change(admin, "root", { admin: false }),
  ]);
  expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await sql`update accounts.users set admin = true where name = 'admin'`;
  await sql`update accounts.users set admin = false where name = 'root'`;
});

test.each(["everyone", "anonymous", "service"])("nobody can be called %s", async (name) => {
  await expect(admin.call(accountsRoutes.createUser, { body: { name } })).rejects.toMatchObject({ code: "invalid" });
});

test("the first who claims a name owns it; again changes nothing; another learns no more than that it is taken", async () => {
  const first = await ada.call(accountsRoutes.claimResource, { params: brains });
  expect(first).toMatchObject({ ...brains, owner: "ada" });
  expect(await ada.call(accountsRoutes.claimResource, { params: brains })).toEqual(first);
  const refused = await bob.call(accountsRoutes.claimResource, { params: brains }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "conflict" });
  expect(JSON.stringify(refused)).not.toContain("ada");
  expect(await admin.call(accountsRoutes.claimResource, { params: brains })).toEqual(first);
});

test("of many who claim one name at once, one gets it", async () => {
  const params = { kind: "analysis", name: "race" } as const;
  const claims = await Promise.allSettled(
    [ada, bob, eve].map((one) => one.call(accountsRoutes.claimResource, { params })),
  );
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await admin.call(accountsRoutes.transferResource, { params, body: { owner: "admin" } });
});

test("what a person may not see does not exist for them", async () => {
  const ghost = { kind: "dataset", name: "ghost" } as const;
  const answers = [brains, ghost].map(async (params) => {
    const error: unknown = await bob.call(accountsRoutes.getResource, { params }).catch((thrown: unknown) => thrown);
    return JSON.stringify(error).replaceAll(params.name, "NAME");
  });
  const [real, missing] = await Promise.all(answers);
  expect(real).toBe(missing);
  expect(await seen(bob)).toEqual([]);
  const list = bob.call(accountsRoutes.listGrants, { query: { kind: "dataset", resource: "brains" } });
  await expect(list).rejects.toMatchObject({ code: "not-found" });
});

test("a grant counts from the next request on, and is gone from the next request on", async () => {
  await ada.call(accountsRoutes.giveGrant, { params: grantTo("bob"), body: { role: "viewer" } });
  expect(await seen(bob)).toEqual(["brains viewer"]);
  await ada.call(accountsRoutes.giveGrant, { params: grantTo("bob"), body: { role: "runner" } });
  expect(await seen(bob)).toEqual(["brains runner"]);
  const forbidden = bob.call(accountsRoutes.giveGrant, { params: grantTo("eve"), body: { role: "viewer" } });
  // Whoever may read it knows that it exists, so the answer names the role that is missing.
  await expect(forbidden).rejects.toMatchObject({
    code: "forbidden",
    message: 'You are runner of the dataset "brains", and this is for an admin.',
    next: expect.stringContaining("rollerblade grant dataset brains admin"),
  });
  await ada.call(accountsRoutes.revokeGrant, { params: grantTo("bob") });
  expect(await seen(bob)).toEqual([]);
  await expect(bob.call(accountsRoutes.getResource, { params: brains })).rejects.toMatchObject({ code: "not-found" });
});

test("everyone means everybody with a token, and the strongest of two roles counts", async () => {
  await ada.call(accountsRoutes.giveGrant, { params: grantTo("everyone"), body: { role: "viewer" } });
  expect(await seen(eve)).toEqual(["brains viewer"]);
  await ada.call(accountsRoutes.giveGrant, { params: grantTo("bob"), body: { role: "contributor" } });
  expect(await seen(bob)).toEqual(["brains contributor"]);
  const rows =
    await sql`select distinct principal, role from accounts.access_v1 where resource = 'brains' order by principal`;
  expect(rows.map(({ principal, role }) => `${principal} ${role}`)).toEqual([
    "ada owner",
    "admin viewer",
    "bob contributor",
    "eve viewer",
    ...["kim", "lin", "max", "may", "pat", "root"].map((name) => `${name} viewer`),
    "service viewer",
  ]);
  await ada.call(accountsRoutes.revokeGrant, { params: grantTo("everyone") });
  expect(await seen(eve)).toEqual([]);
});

test("the view has one row a token and resource, whatever the ways to it", async () => {
  await ada.call(accountsRoutes.giveGrant, { params: grantTo("ada"), body: { role: "viewer" } });
  const rows = await sql`
    select token_hash, kind, resource, count(*) from accounts.access_v1 where principal = 'ada' group by 1, 2, 3 having count(*) > 1`;
  expect(rows).toEqual([]);
  await ada.call(accountsRoutes.revokeGrant, { params: grantTo("ada") });
});

test("who was given admin gives and takes grants, but the owner stays the owner", async () => {
  await ada.call(accountsRoutes.giveGrant, { params: grantTo("bob"), body: { role: "admin" } });
  await bob.call(accountsRoutes.giveGrant, { params: grantTo("eve"), body: { role: "viewer" } });
  const { items } = await bob.call(accountsRoutes.listGrants, { query: { kind: "dataset", resource: "brains" } });
  expect(items.map(({ grantee, role, grantedBy }) => [grantee, role, grantedBy])).toEqual([
    ["bob", "admin", "ada"],
    ["eve", "viewer", "bob"],
  ]);
  const transfer = bob.call(accountsRoutes.transferResource, { params: brains, body: { owner: "bob" } });
  await expect(transfer).rejects.toMatchObject({ code: "forbidden" });
  await eve.call(accountsRoutes.revokeGrant, { params: grantTo("eve") });
  expect(await seen(eve)).toEqual([]);
});

test("the owner offers it to somebody, who becomes the owner by accepting; the former one has no right left", async () => {
  const nobody = ada.call(accountsRoutes.transferResource, { params: brains, body: { owner: "ghost" } });
  await expect(nobody).rejects.toMatchObject({ code: "not-found" });
  const offers = async (client: HttpClient) =>
    (await client.call(accountsRoutes.listTransfers, { query: {} })).items.map(
      (offer) => `${offer.name} to ${offer.offeredTo}`,
    );
  const offer = () => ada.call(accountsRoutes.transferResource, { params: brains, body: { owner: "eve" } });
  expect(await offer()).toMatchObject({ owner: "ada", offeredTo: "eve" });
  expect(await seen(eve)).toEqual([]);
  expect([await offers(ada), await offers(eve), await offers(bob)]).toEqual([["brains to eve"], ["brains to eve"], []]);
  const notOffered = bob.call(accountsRoutes.acceptTransfer, { params: brains });
  await expect(notOffered).rejects.toMatchObject({ code: "not-found" });
  await expect(bob.call(accountsRoutes.endTransfer, { params: brains })).rejects.toMatchObject({ code: "not-found" });
  await eve.call(accountsRoutes.endTransfer, { params: brains });
  await expect(eve.call(accountsRoutes.acceptTransfer, { params: brains })).rejects.toMatchObject({
    code: "not-found",
  });
  expect(await seen(ada)).toEqual(["brains owner"]);
  await offer();
  expect(await eve.call(accountsRoutes.acceptTransfer, { params: brains })).toMatchObject({ owner: "eve" });
  expect([await seen(ada), await seen(eve)]).toEqual([[], ["brains owner"]]);
  expect(await offers(eve)).toEqual([]);
});

test("nobody but a service frees a name: not an admin of it, not its owner, not an administrator", async () => {
  const { id } = await eve.call(accountsRoutes.getResource, { params: brains });
  for (const client of [bob, eve, admin]) {
    const retiring = client.call(accountsRoutes.retireResource, { params: { id }, body: { actor: "eve" } });
    await expect(retiring).rejects.toMatchObject({ code: "forbidden" });
    const direct = await client
      .raw("/v1/resources/dataset/brains", { method: "DELETE" })
      .catch((error: unknown) => error);
    expect(direct).toMatchObject({ code: "method-not-allowed" });
  }
  expect(await seen(eve)).toEqual(["brains owner"]);
});

test("a freed name is retired: only its last owner and administrators take it again, without the grants that were on it", async () => {
  const service = serviceClient("accounts", { url }, "catalog");
  const before = await eve.call(accountsRoutes.getResource, { params: brains });
  const retire = (id: string) =>
    service.call(accountsRoutes.retireResource, { params: { id }, body: { actor: "eve" } });
  const retireAs = (client: HttpClient) =>
    client.call(accountsRoutes.retireResource, { params: { id: before.id }, body: { actor: "eve" } });
  for (const other of [admin, eve, serviceClient("accounts", { url }, "tagger")])
    await expect(retireAs(other)).rejects.toMatchObject({ code: "forbidden" });
  await retire(before.id);
  expect([await seen(bob), await seen(eve)]).toEqual([[], []]);
  const stranger = bob.call(accountsRoutes.claimResource, { params: brains });
  await expect(stranger).rejects.toMatchObject({ code: "conflict", message: 'The name "brains" is not available.' });
  const after = await eve.call(accountsRoutes.claimResource, { params: brains });
  expect(after).toMatchObject({ owner: "eve" });
  expect(after.id).not.toBe(before.id);
  expect((await eve.call(accountsRoutes.listGrants, { query: { kind: "dataset", resource: "brains" } })).items).toEqual(
    [],
  );
  // Late or repeated, the deletion of the former one does not touch the one that has the name now.
  await retire(before.id);
  expect(await eve.call(accountsRoutes.getResource, { params: brains })).toEqual(after);
  const [row] = await sql`
    select resource_id, begun_at, since from accounts.access_v1 where principal = 'eve' and resource = 'brains'`;
  const begun = new Date(after.createdAt);
  expect(row).toEqual({ resourceId: after.id, begunAt: begun, since: begun });
});

test("of a name that nothing had before, nothing is too old to be shown; a grant shows what comes after it", async () => {
  const fresh = { kind: "dataset", name: "fresh" } as const;
  await bob.call(accountsRoutes.claimResource, { params: fresh });
  const params = { kind: "dataset", resource: "fresh", grantee: "ada" } as const;
  const given = await bob.call(accountsRoutes.giveGrant, { params, body: { role: "viewer" } });
  const stronger = await bob.call(accountsRoutes.giveGrant, { params, body: { role: "runner" } });
  expect(stronger.createdAt).toBe(given.createdAt);
  const rows = await sql`
    select distinct principal, begun_at, since > (select created_at from accounts.resources where name = 'fresh') as later
    from accounts.access_v1 where resource = 'fresh' order by principal`;
  expect(rows).toEqual([
    { principal: "ada", begunAt: null, later: true },
    { principal: "bob", begunAt: null, later: false },
  ]);
  const { id } = await bob.call(accountsRoutes.getResource, { params: fresh });
  expect(await sql`select kind, name, owner, begun_at from accounts.resources_v1 where id = ${id}`).toEqual([
    { kind: "dataset", name: "fresh", owner: "bob", begunAt: null },
  ]);
});

test("only the names of pipeline documents may have dots", async () => {
  const dotted = (kind: "dataset" | "pipeline") =>
    bob.call(accountsRoutes.claimResource, { params: { kind, name: "lab.main" } });
  await expect(dotted("dataset")).rejects.toMatchObject({ code: "invalid" });
  expect(await dotted("pipeline")).toMatchObject({ kind: "pipeline", name: "lab.main", owner: "bob" });
});

test("every change of access was published as an event and stands in the audit log", async () => {
  const rows = await sql<{ body: Uint8Array }[]>`
    select body from accounts.outbox where topic = 'grant.changed' and dataset = 'brains' order by sequence`;
  const published: MessageOf<"grant.changed">[] = rows.map(({ body }) => topics["grant.changed"].decode(body));
  expect(published.map(({ principal, role, changedBy }) => `${principal}:${role} by ${changedBy}`)).toEqual([
    "ada:owner by ada",
    "bob:viewer by ada",
    "bob:runner by ada",
    "bob: by ada",
    "everyone:viewer by ada",
    "bob:contributor by ada",
    "everyone: by ada",
    "ada:viewer by ada",
    "ada: by ada",
    "bob:admin by ada",
    "eve:viewer by bob",
    "eve: by eve",
    "ada: by eve",
    "eve:owner by eve",
    "eve: by eve",
    "bob: by eve",
    "eve:owner by eve",
  ]);
  const { items } = await admin.call(accountsRoutes.listAudit, { query: { limit: 1000 } });
  const actions = new Set(items.map(({ action }) => action));
  for (const action of ["user.created", "user.changed", "token.created", "token.revoked", "resource.claimed"]) {
    expect(actions).toContain(action);
  }
  for (const action of ["grant.given", "grant.revoked", "resource.transferred", "resource.released"]) {
    expect(actions).toContain(action);
  }
});

test("a group's grant is everyone's in it from the next request on, and gone with them", async () => {
  await eve.call(accountsRoutes.createGroup, { body: { name: "lab" } });
  await eve.call(accountsRoutes.giveGrant, { params: grantTo("group:lab"), body: { role: "runner" } });
  expect(await seen(bob)).not.toContain("brains runner");
  const member = { name: "lab", member: "bob" };
  const added = await eve.call(accountsRoutes.addGroupMember, { params: member });
  expect(await seen(bob)).toContain("brains runner");
  const [row] = await sql<{ since: Date }[]>`
    select distinct since from accounts.access_v1 where principal = 'bob' and resource = 'brains'`;
  // What happened before bob came is not shown to bob.
  expect(row?.since.toISOString()).toBe(added.addedAt);
  await eve.call(accountsRoutes.removeGroupMember, { params: member });
  expect(await seen(bob)).not.toContain("brains runner");
  await eve.call(accountsRoutes.addGroupMember, { params: member });
  await bob.call(accountsRoutes.removeGroupMember, { params: member });
  expect(await seen(bob)).not.toContain("brains runner");
});

test("a group may be in a group, once, and never in itself", async () => {
  await eve.call(accountsRoutes.createGroup, { body: { name: "students" } });
  await eve.call(accountsRoutes.createGroup, { body: { name: "campus" } });
  const add = (name: string, member: string, by = eve) =>
    by.call(accountsRoutes.addGroupMember, { params: { name, member } });
  await add("students", "ada");
  await add("lab", "group:students");
  expect(await seen(ada)).toContain("brains runner");
  for (const [name, member] of [
    ["students", "group:campus"],
    ["campus", "group:lab"],
    ["campus", "group:campus"],
  ] as const) {
    await expect(add(name, member)).rejects.toMatchObject({ code: "invalid" });
  }
  await expect(add("students", "ghost")).rejects.toMatchObject({ code: "not-found" });
  // Ada knows both groups and owns none; bob knows none.
  await expect(add("lab", "bob", ada)).rejects.toMatchObject({ code: "forbidden" });
  await expect(add("lab", "bob", bob)).rejects.toMatchObject({ code: "not-found" });
  const names = async (client: HttpClient) =>
    (await client.call(accountsRoutes.listGroups, { query: {} })).items.map(({ name }) => name);
  expect([await names(ada), await names(bob), await names(eve)]).toEqual([
    ["lab", "students"],
    [],
    ["campus", "lab", "students"],
  ]);
  await eve.call(accountsRoutes.removeGroupMember, { params: { name: "lab", member: "group:students" } });
  expect(await seen(ada)).not.toContain("brains runner");
  await add("lab", "group:students");
});

test("who comes into a group and leaves it is published for each of its grants, also of the groups around it", async () => {
  const rows = await sql<{ body: Uint8Array }[]>`
    select body from accounts.outbox where topic = 'grant.changed' and dataset = 'brains' order by sequence desc limit 8`;
  const published = rows.map(({ body }) => topics["grant.changed"].decode(body)).reverse();
  expect(published.map(({ principal, role, changedBy }) => `${principal}:${role} by ${changedBy}`)).toEqual([
    "group:lab:runner by eve",
    "bob:runner by eve",
    "bob: by eve",
    "bob:runner by eve",
    "bob: by bob",
    "ada:runner by eve",
    "ada: by eve",
    "ada:runner by eve",
  ]);
});

test("the issuer's claim makes members of the groups that an administrator has mapped, and takes them out again", async () => {
  const at = { sql, events: { emitAll: async () => undefined, emit: async () => undefined } };
  const claim = { displayName: "", claim: "uni:/neuro/staff" };
  await expect(eve.call(accountsRoutes.createGroup, { body: { name: "staff", ...claim } })).rejects.toMatchObject({
    code: "forbidden",
  });
  await admin.call(accountsRoutes.createGroup, { body: { name: "staff", ...claim } });
  await admin.call(accountsRoutes.createGroup, { body: { name: "other" } });
  await admin.call(accountsRoutes.addGroupMember, { params: { name: "other", member: "bob" } });
  const groupsOf = async () => (await bob.call(accountsRoutes.listGroups, { query: {} })).items.map(({ name }) => name);
  await followClaim(at, "bob", "uni", ["uni:/neuro/staff", "uni:lab"]);
  expect(await groupsOf()).toEqual(["other", "staff"]);
  // Another issuer takes nobody out, and lets nobody in.
  await followClaim(at, "bob", "elsewhere", []);
  expect(await groupsOf()).toEqual(["other", "staff"]);
  await followClaim(at, "bob", "uni", []);
  await followClaim(at, "bob", "elsewhere", ["uni:/neuro/staff"]);
  expect(await groupsOf()).toEqual(["other"]);
  // With another claim the members of the one before leave at once.
  await followClaim(at, "bob", "uni", ["uni:/neuro/staff"]);
  await admin.call(accountsRoutes.changeGroup, { params: { name: "staff" }, body: { claim: "uni:/neuro" } });
  expect(await groupsOf()).toEqual(["other"]);
});

test("a deleted group leaves no grant behind for who takes its name", async () => {
  await expect(ada.call(accountsRoutes.deleteGroup, { params: { name: "lab" } })).rejects.toMatchObject({
    code: "forbidden",
  });
  await eve.call(accountsRoutes.deleteGroup, { params: { name: "lab" } });
  expect(await seen(ada)).not.toContain("brains runner");
  await ada.call(accountsRoutes.createGroup, { body: { name: "lab" } });
  await ada.call(accountsRoutes.addGroupMember, { params: { name: "lab", member: "bob" } });
  expect(await seen(bob)).not.toContain("brains runner");
});

const atlas = { kind: "dataset", name: "atlas" } as const;
const atlasTo = (grantee: string) => ({ kind: "dataset", resource: "atlas", grantee }) as const;

test("a grant with an end is worth nothing from then on, without anything that runs, and can be given anew", async () => {
  await eve.call(accountsRoutes.claimResource, { params: atlas });
  await eve.call(accountsRoutes.giveGrant, { params: atlasTo("bob"), body: { role: "admin" } });
  const give = (expiresAt: string | null) =>
    eve.call(accountsRoutes.giveGrant, {
      params: atlasTo("ada"),
      body: { role: "viewer", expiresAt, reason: "a visit" },
    });
  await expect(give(new Date(Date.now() - 1000).toISOString())).rejects.toMatchObject({ code: "invalid" });
  const week = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const given = await give(week);
  expect(given).toMatchObject({ expiresAt: week, reason: "a visit" });
  expect(await seen(ada)).toContain("atlas viewer");
  await sql`update accounts.grants set expires_at = now() where grantee = 'ada' and resource = 'atlas'`;
  expect((await seen(ada)).join()).not.toContain("atlas");
  const { items } = await eve.call(accountsRoutes.explainAccess, { body: { resources: [atlas] } });
  expect(items.map(({ principal }) => principal)).toEqual(["admin", "bob", "eve"]);
  const again = await give(null);
  // What happened while it had ended is not shown.
  expect(again.createdAt > given.createdAt).toBe(true);
  await eve.call(accountsRoutes.revokeGrant, { params: atlasTo("ada") });
});

test("who may read it and why: owning, grants to a person, a group and everyone, being an administrator", async () => {
  await eve.call(accountsRoutes.createGroup, { body: { name: "guests" } });
  await eve.call(accountsRoutes.addGroupMember, { params: { name: "guests", member: "ada" } });
  const params = { kind: "dataset", resource: "atlas", grantee: "group:guests" } as const;
  await eve.call(accountsRoutes.giveGrant, { params, body: { role: "runner", reason: "the lab's study" } });
  const explain = async (client: HttpClient, principal?: string) => {
    const body = { resources: [atlas], ...(principal === undefined ? {} : { principal }) };
    const { items } = await client.call(accountsRoutes.explainAccess, { body });
    return items.map((one) => [
      one.principal,
      ...one.ways.map((way) => `${way.role} ${way.grantee ?? way.reason} ${way.note}`.trim()),
    ]);
  };
  expect(await explain(eve)).toEqual([
    ["ada", "runner group:guests the lab's study"],
    ["admin", "admin administrator"],
    ["bob", "admin bob"],
    ["eve", "owner owner"],
  ]);
  expect(await explain(ada, "ada")).toEqual([["ada", "runner group:guests the lab's study"]]);
  await expect(explain(ada)).rejects.toMatchObject({ code: "forbidden" });
  // Of something that is made from two datasets, only who may read both.
  const other = { kind: "dataset", name: "others" } as const;
  await eve.call(accountsRoutes.claimResource, { params: other });
  const both = await eve.call(accountsRoutes.explainAccess, { body: { resources: [atlas, other] } });
  expect(both.items.map(({ principal }) => principal)).toEqual(["admin", "eve"]);
  const asked = async (client: HttpClient, user: string) =>
    (await client.call(accountsRoutes.listResources, { query: { user } })).items
      .filter(({ name }) => name === "atlas")
      .map(({ name, role }) => `${name} ${role}`);
  expect(await asked(admin, "ada")).toEqual(["atlas runner"]);
  expect(await asked(eve, "ada")).toEqual(["atlas runner"]);
  // Somebody who is admin of nothing of it learns nothing of what others may use.
  expect(await asked(ada, "eve")).toEqual([]);
  await eve.call(accountsRoutes.deleteGroup, { params: { name: "guests" } });
  expect((await seen(ada)).join()).not.toContain("atlas");
});

test("lists come in pages", async () => {
  const names: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await admin.call(accountsRoutes.listUsers, { query: { limit: 2, after } });
    names.push(...page.items.map(({ name }) => name));
    if (page.next === null) break;
    after = page.next;
  }
  expect(names).toEqual(["ada", "admin", "bob", "eve", "kim", "lin", "max", "may", "pat", "root", "service"]);
});

test("a token that is limited to resources sees and does nothing outside of them, whatever its user may", async () => {
  await person("zoe");
  const zoes = await signedIn("zoe");
  const named = (kind: "dataset" | "analysis" | "query", name: string) => ({ kind, name });
  for (const name of ["within", "outside"])
    for (const kind of ["dataset", "analysis"] as const)
      await zoes.call(accountsRoutes.claimResource, { params: { kind, name } });
  await zoes.call(accountsRoutes.createGroup, { body: { name: "zoes" } });
  const asked = [named("dataset", "within"), named("analysis", "within")];
  const make = (resources: { kind: "dataset" | "analysis" | "query"; name: string }[]) =>
    zoes.call(accountsRoutes.createToken, { body: { label: "limited", resources } });
  const made = await make(asked);
  expect(made.resources).toEqual([named("analysis", "within"), named("dataset", "within")]);
  const limited = createHttpClient({ url, token: made.token });
  expect(await limited.call(accountsRoutes.me, {})).toMatchObject({
    name: "zoe",
    groups: [],
    token: { resources: made.resources },
  });
  expect(await seen(limited)).toEqual(["within owner", "within owner"]);
  expect(await limited.call(accountsRoutes.getResource, { params: asked[0] ?? expect.fail() })).toMatchObject({
    owner: "zoe",
  });
  await expect(limited.call(accountsRoutes.getResource, { params: named("dataset", "outside") })).rejects.toMatchObject(
    {
      code: "not-found",
    },
  );
  const grantOn = (resource: string) => ({ kind: "dataset", resource, grantee: "bob" }) as const;
  await limited.call(accountsRoutes.giveGrant, { params: grantOn("within"), body: { role: "viewer" } });
  await expect(
    limited.call(accountsRoutes.giveGrant, { params: grantOn("outside"), body: { role: "viewer" } }),
  ).rejects.toMatchObject({ code: "not-found" });
  // What nobody has, and what somebody has, is refused with the same words but for the name.
  for (const name of ["quite-new", "outside"])
    await expect(limited.call(accountsRoutes.claimResource, { params: named("dataset", name) })).rejects.toMatchObject({
      code: "forbidden",
      message: `This token is limited to some resources, and the dataset "${name}" is none of them.`,
    });
  for (const refused of [
    () => limited.call(accountsRoutes.listGroups, { query: {} }),
    () => limited.call(accountsRoutes.createGroup, { body: { name: "another" } }),
    () => limited.call(accountsRoutes.listTransfers, { query: {} }),
    () => limited.call(accountsRoutes.endSessions, { body: { everywhere: true } }),
    () => limited.call(accountsRoutes.createToken, { body: { label: "more" } }),
  ])
    await expect(refused()).rejects.toMatchObject({ code: "forbidden" });
  // It revokes itself and no other one.
  const spare = await make(asked);
  await expect(limited.call(accountsRoutes.revokeToken, { params: { id: spare.id } })).rejects.toMatchObject({
    code: "not-found",
  });
  await limited.call(accountsRoutes.revokeToken, { params: { id: made.id } });
  await expect(limited.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
  // The limits go by what a name means: nothing is left of them when it was deleted, also where the name is taken again.
  const later = createHttpClient({ url, token: spare.token });
  const owned = await zoes.call(accountsRoutes.getResource, { params: named("dataset", "within") });
  const service = serviceClient("accounts", { url }, "catalog");
  await service.call(accountsRoutes.retireResource, { params: { id: owned.id }, body: { actor: "zoe" } });
  await zoes.call(accountsRoutes.claimResource, { params: named("dataset", "within") });
  expect(await seen(later)).toEqual(["within owner"]);
  expect(await seen(zoes)).toEqual(["outside owner", "within owner", "outside owner", "within owner"]);
});

test("a token is limited to what its user has a role on, also by an administrator, who is none through it", async () => {
  const limitedTo = (user: string, kind: "dataset" | "analysis", name: string) =>
    admin.call(accountsRoutes.createToken, { body: { label: "limited", user, resources: [{ kind, name }] } });
  for (const [user, name] of [
    ["bob", "outside"],
    ["admin", "outside"],
    ["bob", "nothing"],
  ] as const)
    await expect(limitedTo(user, "dataset", name)).rejects.toMatchObject({
      code: "not-found",
      message: `There is no dataset "${name}" on which ${user} has a role.`,
    });
  await admin.call(accountsRoutes.claimResource, { params: { kind: "analysis", name: "of-admin" } });
  const { token } = await limitedTo("admin", "analysis", "of-admin");
  const client = createHttpClient({ url, token });
  expect(await client.call(accountsRoutes.me, {})).toMatchObject({ name: "admin", admin: false });
  expect(await seen(client)).toEqual(["of-admin owner"]);
  await expect(client.call(accountsRoutes.listUsers, { query: {} })).rejects.toMatchObject({ code: "forbidden" });
});

test("the view reads by index among many users, tokens and grants", async () => {
  await sql`insert into accounts.users (name) select 'many-' || i from generate_series(1, 2000) i`;
  await sql`insert into accounts.tokens (id, user_name, hash, label) select gen_random_uuid(), 'many-' || i, 'hash-' || i, '' from generate_series(1, 2000) i`;
  await sql`insert into accounts.resources (kind, name, owner) select 'dataset', 'set-' || i, 'many-' || i from generate_series(1, 2000) i`;
  await sql`insert into accounts.grants (kind, resource, grantee, role, granted_by) select 'dataset', 'set-' || i, 'many-' || (i % 2000 + 1), 'viewer', 'x' from generate_series(1, 2000) i`;
  await sql`insert into accounts.groups (name, owner) select 'group-' || i, 'many-1' from generate_series(1, 300) i`;
  await sql`insert into accounts.group_members (group_name, member, added_by) select 'group-' || (i % 300 + 1), 'many-' || i, 'x' from generate_series(1, 2000) i`;
  await sql`analyze accounts.group_members, accounts.groups, accounts.users, accounts.tokens, accounts.resources, accounts.grants`;
  const byToken = await sql`explain select principal from accounts.access_v1 where token_hash = 'hash-7' limit 1`;
  const byGrant = await sql`
    explain select distinct role from accounts.access_v1
    where principal = 'many-7' and kind = 'dataset' and resource = 'set-7'`;
  expect(JSON.stringify([byToken, byGrant])).not.toContain("Seq Scan");
});

test("a new token in the settings puts the old one out of use", async () => {
  await running.stop();
  const fresh = randomBytes(16).toString("hex");
  await start(fresh);
  expect(await admin.call(accountsRoutes.me, {})).toMatchObject({ name: "admin", admin: true });
  const old = createHttpClient({ url, token: adminToken });
  await expect(old.call(accountsRoutes.me, {})).rejects.toMatchObject({ code: "unauthenticated" });
});
