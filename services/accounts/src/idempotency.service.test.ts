import { randomBytes, randomUUID } from "node:crypto";
import { accountsRoutes, createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, migrate, type Sql } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { type RunningServices, runService } from "@rollerblade/service-kit";
import { testSettings } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accounts } from "./index.ts";

const servers = await startTestServers();
const adminToken = randomBytes(16).toString("hex");

let sql: Sql;
let replicas: RunningServices[];

const start = () => runService(accounts, testSettings(servers), { accounts: { adminToken } });

beforeAll(async () => {
  sql = connect(servers.databaseUrl, { max: 2 });
  if (accounts.database !== null) await migrate(servers.databaseUrl, [accounts.database]);
  replicas = [await start(), await start()];
});
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
  await disconnect(sql);
  await servers.stop();
});

const urlOf = (replica = 0): string => replicas[replica]?.urls.accounts ?? "";
const at = (replica = 0, token = adminToken): HttpClient => createHttpClient({ url: urlOf(replica), token });

const makeToken = (label: string, idempotencyKey: string, replica = 0, token = adminToken) =>
  at(replica, token).call(accountsRoutes.createToken, { body: { label } }, { idempotencyKey });

/** Sends a change as it is, and returns what tells whether it was made before. */
const send = async (path: string, body: object, key: string, replica = 0) => {
  const response = await fetch(`${urlOf(replica)}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    replayed: response.headers.get("idempotency-replayed"),
    text: await response.text(),
  };
};

const tokensCalled = async (label: string): Promise<number> =>
  (await sql`select from accounts.tokens where label = ${label}`).length;

test("a change that comes again is answered as the first time, by another replica and after a restart", async () => {
  const key = randomUUID();
  const made = await makeToken("laptop", key);
  expect(await makeToken("laptop", key, 1)).toEqual(made);
  for (const replica of replicas) await replica.stop();
  replicas = [await start(), await start()];
  expect(await makeToken("laptop", key)).toEqual(made);
  expect(await tokensCalled("laptop")).toBe(1);
  const { status, replayed } = await send("/v1/tokens", { label: "laptop" }, `"${key}"`, 1);
  expect([status, replayed]).toEqual([200, "true"]);
});

test("whoever reads the database does not learn from it what was answered, nor the key", async () => {
  const key = randomUUID();
  const { token } = await makeToken("secret", key);
  const kept = JSON.stringify(await sql`select * from accounts.idempotent_requests`);
  expect(kept).not.toContain(token);
  expect(kept).not.toContain(Buffer.from(token).toString("base64").slice(4, 24));
  expect(kept).not.toContain(key);
});

test("the same key with another request is refused, and makes nothing", async () => {
  const key = randomUUID();
  await makeToken("one", key);
  await expect(makeToken("other", key)).rejects.toMatchObject({ code: "key-reused", subject: "Idempotency-Key" });
  const { status } = await send("/v1/groups", { name: "one" }, key);
  expect(status).toBe(422);
  expect(await tokensCalled("other")).toBe(0);
});

test("a body of another type than JSON is refused, also with a key", async () => {
  const response = await fetch(`${urlOf()}/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "text/plain", "idempotency-key": randomUUID() },
    body: "label",
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid" });
});

test("the order of keys in a body makes no other request of it", async () => {
  const key = randomUUID();
  const first = await send("/v1/tokens", { label: "order", scope: "read" }, key);
  const again = await send("/v1/tokens", { scope: "read", label: "order" }, key);
  expect(again).toEqual({ ...first, replayed: "true" });
});

test("keys are each person's own", async () => {
  const key = randomUUID();
  await at().call(accountsRoutes.createUser, { body: { name: "ada" } });
  const { token } = await at().call(accountsRoutes.createToken, { body: { label: "ada", user: "ada" } });
  const [mine, hers] = [
    await at().call(accountsRoutes.createGroup, { body: { name: "mine" } }, { idempotencyKey: key }),
    await at(0, token).call(accountsRoutes.createGroup, { body: { name: "hers" } }, { idempotencyKey: key }),
  ];
  expect([mine.owner, hers.owner]).toEqual(["admin", "ada"]);
});

test("deliveries at the same time make one change, and all receive its answer", async () => {
  const key = randomUUID();
  const answers = await Promise.all([0, 1, 0, 1, 0, 1].map((replica) => makeToken("at once", key, replica)));
  expect(new Set(answers.map(({ token }) => token)).size).toBe(1);
  expect(await tokensCalled("at once")).toBe(1);
});

test("what was refused is tried again under the same key", async () => {
  const key = randomUUID();
  const member = { name: "lab", member: "carl" };
  await at().call(accountsRoutes.createGroup, { body: { name: "lab" } });
  const add = () => at().call(accountsRoutes.addGroupMember, { params: member }, { idempotencyKey: key });
  await expect(add()).rejects.toMatchObject({ code: "not-found" });
  await at().call(accountsRoutes.createUser, { body: { name: "carl" } });
  expect((await add()).member).toBe("carl");
});

test("a change whose replica was killed is made by the next delivery, once its lease has ended", async () => {
  const key = randomUUID();
  await makeToken("killed", key);
  await sql`
    update accounts.idempotent_requests set status = null, answer = null, attempt = gen_random_uuid(), lease_until = now() + interval '1 second'
    where begun_at = (select max(begun_at) from accounts.idempotent_requests)`;
  const began = Date.now();
  await makeToken("killed", key, 1);
  expect(Date.now() - began).toBeGreaterThan(500);
  expect(await tokensCalled("killed")).toBe(2);
});

test("a key is forgotten after a day", async () => {
  const key = randomUUID();
  const first = await makeToken("daily", key);
  await sql`update accounts.idempotent_requests set expires_at = now() - interval '1 second'`;
  expect((await makeToken("daily", key)).id).not.toBe(first.id);
});

test.each(["short", "with blanks in it, which none has", `"${"x".repeat(256)}"`])("%j can be no key", async (key) => {
  const { status, text } = await send("/v1/tokens", { label: "unfit" }, key);
  expect([status, JSON.parse(text).code]).toEqual([400, "invalid"]);
  expect(await tokensCalled("unfit")).toBe(0);
});
