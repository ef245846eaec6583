import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { accountsRoutes, createHttpClient, type HttpClient } from "@rollerblade/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gateway } from "../../services/gateway/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";

let world: ServicesWorld;
let door: string;
let root: HttpClient;

beforeAll(async () => {
  world = await startServicesWorld([gateway]);
  door = world.url("gateway");
  root = createHttpClient({ url: door, token: world.adminToken });
});
afterAll(() => world.stop());

/** A new user's one-time secret. */
const newUser = async (name: string): Promise<string> => {
  await root.call(accountsRoutes.createUser, { body: { name } });
  return (await root.call(accountsRoutes.resetPassword, { params: { name } })).secret;
};

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, door), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

test("a browser signs in, reads, writes from this server's pages only, and signs out", async () => {
  const password = await newUser("ada");
  const page = { origin: new URL(door).origin, "x-rollerblade-csrf": "1" };
  const body = { name: "ada", password, newPassword: "ada's password", cookie: true };
  expect((await post("/v1/sign-in", body, { origin: "https://evil.example", "x-rollerblade-csrf": "1" })).status).toBe(
    403,
  );
  const signedIn = await post("/v1/sign-in", body, page);
  expect(await signedIn.json()).toMatchObject({ name: "ada", token: null });
  const set = signedIn.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^rollerblade_session=rbs_[A-Za-z0-9_-]{49}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
  const cookie = set.split(";")[0] ?? "";
  const me = () => fetch(new URL("/v1/me", door), { headers: { cookie } });
  expect(await (await me()).json()).toMatchObject({ name: "ada", token: { kind: "session" } });
  const group = (headers: Record<string, string>) => post("/v1/groups", { name: "lab" }, { cookie, ...headers });
  const statuses = [];
  for (const headers of [{}, { origin: page.origin }, { ...page, origin: "https://evil.example" }, page])
    statuses.push((await group(headers)).status);
  expect(statuses).toEqual([403, 403, 403, 200]);
  const out = await post("/v1/sign-out", {}, { cookie, ...page });
  expect([out.status, out.headers.get("set-cookie")]).toEqual([
    204,
    expect.stringContaining("rollerblade_session=; Path=/; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970"),
  ]);
  expect((await me()).status).toBe(401);
});

test("sign-ins through the gateway are held off by the address that they come from", async () => {
  await newUser("bob");
  const tries = [];
  for (let i = 0; i < 7; i += 1) tries.push((await post("/v1/sign-in", { name: "bob", password: `${i}` })).status);
  expect(tries).toEqual([401, 401, 401, 401, 401, 429, 429]);
});

const run = promisify(execFile);

/** Runs the command line as somebody with a home of their own. */
const rollerblade = async (input: string, ...command: string[]): Promise<string> => {
  const { ROLLERBLADE_URL: _, ROLLERBLADE_TOKEN: __, ...environment } = process.env;
  const promise = run(process.execPath, [join(import.meta.dirname, "../../bin/rollerblade.ts"), ...command], {
    cwd: world.scratch,
    env: { ...environment, ROLLERBLADE_CREDENTIALS: join(world.scratch, "home", "credentials.json") },
  });
  promise.child.stdin?.end(input);
  return (await promise).stdout;
};

test("the command line signs in, makes a token and a group, and signs out, each profile by itself", async () => {
  const secret = await newUser("eve");
  const signIn = ["login", door, "--name", "eve"];
  expect(await rollerblade(`${secret}\neve's password\n`, ...signIn, "--new-password")).toContain("as eve");
  expect(statSync(join(world.scratch, "home", "credentials.json")).mode & 0o777).toBe(0o600);
  await rollerblade("eve's password\n", "--profile", "second", ...signIn);
  const { name, token } = JSON.parse(await rollerblade("", "whoami", "--json"));
  expect([name, token.kind]).toEqual(["eve", "session"]);
  const made = (await rollerblade("", "token", "create", "script", "--scope", "read")).trim();
  const script = createHttpClient({ url: door, token: made });
  expect(await script.call(accountsRoutes.me, {})).toMatchObject({ name: "eve", token: { scope: "read" } });
  await rollerblade("", "group", "create", "students");
  await rollerblade("", "group", "add", "students", "ada");
  expect(await rollerblade("", "group", "show", "students")).toContain("ada");
  await rollerblade("", "--profile", "second", "logout");
  expect(await rollerblade("", "--profile", new URL(door).host, "whoami")).toContain("eve");
  await expect(rollerblade("", "--profile", "second", "whoami")).rejects.toThrow('profile "second"');
});
