import { randomUUID } from "node:crypto";
import { connect, disconnect } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { createLogger } from "@rollerblade/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Access, createAccess, hashToken } from "./access.ts";
import type { Http } from "./http.ts";
import { createHttp } from "./http-server.ts";
import type { Principal } from "./principal.ts";
import { createServiceTokens, newServiceKeys } from "./service-tokens.ts";
import { createAccessTable } from "./testing/service-world.ts";

const servers = await startTestServers();
const sql = connect(servers.databaseUrl);
const { privateKeys, publicKeys } = newServiceKeys(["catalog", "scheduler"]);
const tokens = createServiceTokens("catalog", privateKeys.catalog ?? "", publicKeys);
const scheduler = createServiceTokens("scheduler", privateKeys.scheduler ?? "", publicKeys);
const access: Access = createAccess(sql, tokens);
let http: Http;

beforeAll(async () => {
  http = await createHttp({ service: "catalog", log: createLogger("catalog", { level: "silent" }) });
  http.get("/who", async (request) => access.authenticate(request));
  http.get("/brains", async (request) => access.authorize(request, "run", { kind: "dataset", name: "brains" }));
  http.get("/others", async (request) => access.authorize(request, "own", { kind: "dataset", name: "others" }));
  http.get("/everything", { config: { wholeAccount: true } }, async (request) => access.authenticate(request));
  http.get("/names", async (request) => access.readable(await access.authenticate(request), "dataset"));
});

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});

const get = (url: string, token?: string, headers: Record<string, string> = {}) =>
  http.inject({ url, headers: token === undefined ? headers : { authorization: `Bearer ${token}`, ...headers } });

test("before accounts has its tables, services get in and nobody else", async () => {
  expect((await get("/who", await scheduler.sign("catalog"))).json()).toEqual({
    name: "service",
    admin: true,
    service: "scheduler",
  });
  expect((await get("/who", "ada")).statusCode).toBe(401);
});

test("rights are read anew at each request", async () => {
  await createAccessTable(sql);
  await sql`insert into accounts.access_v1 values
    (${hashToken("ada")}, 'ada', false, null, null, null), (${hashToken("ada")}, 'ada', false, 'dataset', 'brains', 'viewer'),
    (${hashToken("root")}, 'root', true, null, null, null)`;

  expect((await get("/who", "ada")).json()).toEqual({ name: "ada", admin: false });
  expect((await get("/who", "eve")).json()).toMatchObject({ code: "unauthenticated" });
  expect((await get("/who")).statusCode).toBe(401);
  expect((await get("/names", "ada")).json()).toEqual(["brains"]);
  expect((await get("/names", "root")).body).toBe("all");

  expect((await get("/brains", "root")).statusCode).toBe(200);
  // Whoever may read it knows that it exists.
  expect((await get("/brains", "ada")).statusCode).toBe(403);
  await sql`update accounts.access_v1 set role = 'runner' where resource = 'brains'`;
  expect((await get("/brains", "ada")).statusCode).toBe(200);
  await sql`delete from accounts.access_v1 where resource = 'brains'`;
  expect((await get("/brains", "ada")).json()).toMatchObject({ detail: 'There is no dataset "brains".' });
});

test("a service may speak for a person, and then has only that person's rights", async () => {
  const claimed: Principal = { name: "ada", admin: true };
  const forAda = await scheduler.sign("catalog", claimed);
  expect((await get("/who", forAda)).json()).toEqual({ name: "ada", admin: false });
  expect((await get("/brains", forAda)).statusCode).toBe(404);
});

test("a header makes nobody another", async () => {
  const headers = { "x-rollerblade-on-behalf-of": "root" };
  expect((await get("/who", "ada", headers)).json()).toEqual({ name: "ada", admin: false });
});

test("a token for another service, or that no service signed, opens nothing", async () => {
  const other = newServiceKeys(["scheduler"]).privateKeys.scheduler ?? "";
  for (const token of [
    await scheduler.sign("tagger"),
    await createServiceTokens("scheduler", other, {}).sign("catalog"),
    `${btoa('{"alg":"none"}')}.${btoa('{"iss":"scheduler","sub":"service:scheduler"}')}.`.replaceAll("=", ""),
  ])
    expect((await get("/who", token)).json()).toMatchObject({ code: "unauthenticated" });
});

test("a token that is limited to resources, and a service that speaks for who has it, find these alone, also those of an administrator", async () => {
  const token = randomUUID();
  await sql`create table accounts.token_resources_v1 (token uuid, kind text, name text)`;
  await sql`insert into accounts.token_resources_v1 values (${token}, 'dataset', 'brains'), (${token}, 'dataset', 'lost')`;
  await sql`
    insert into accounts.access_v1 (token_hash, principal, admin, kind, resource, role, limited_token)
    select ${hashToken("limited")}, 'max', admin, kind, resource, role, ${token}
    from (values (true, null, null, null), (true, 'dataset', 'brains', 'viewer'), (true, 'dataset', 'others', 'owner'))
      as held(admin, kind, resource, role)`;
  const limits = {
    token,
    resources: [
      { kind: "dataset", name: "brains" },
      { kind: "dataset", name: "lost" },
    ],
  };
  for (const sent of ["limited", await scheduler.sign("catalog", { name: "max", limits: { token } })]) {
    expect((await get("/who", sent)).json()).toEqual({ name: "max", admin: false, limits });
    expect((await get("/names", sent)).json()).toEqual(["brains"]);
    expect((await get("/brains", sent)).statusCode).toBe(403);
    expect((await get("/others", sent)).json()).toMatchObject({ detail: 'There is no dataset "others".' });
    expect((await get("/everything", sent)).json()).toMatchObject({
      status: 403,
      detail: "This token is limited to some resources, and this concerns everything that you have.",
    });
  }
  const unlimited = await scheduler.sign("catalog", { name: "max" });
  for (const path of ["/others", "/everything"]) expect((await get(path, unlimited)).statusCode).toBe(200);
});
