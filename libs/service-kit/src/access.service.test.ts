import { connect, disconnect } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { createLogger } from "@rollerblade/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Access, createAccess, hashToken } from "./access.ts";
import type { Http } from "./http.ts";
import { createHttp } from "./http-server.ts";
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
  const forAda = await scheduler.sign("catalog", { name: "ada", admin: true });
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
