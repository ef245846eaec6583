import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, statSync } from "node:fs";
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
  const first = new URL(door).host;
  expect(JSON.parse(await rollerblade("", "profile", "list", "--json"))).toEqual([
    { profile: first, url: door, name: "eve", current: true },
  ]);
  expect(await rollerblade("", "--profile", first, "whoami")).toContain("eve");
  await expect(rollerblade("", "--profile", "second", "whoami")).rejects.toThrow('profile "second"');
});

/** Runs the command line on a terminal of its own (util-linux's `script`), and types an answer when each question appears. */
const onTerminal = async (command: string, answers: readonly (readonly [string, string])[]): Promise<string> => {
  const program = `${process.execPath} ${join(import.meta.dirname, "../../bin/rollerblade.ts")} ${command}`;
  const { ROLLERBLADE_URL: _, ROLLERBLADE_TOKEN: __, ...environment } = process.env;
  const child = spawn("script", ["--quiet", "--return", "--command", program, "/dev/null"], {
    cwd: world.scratch,
    env: { ...environment, ROLLERBLADE_CREDENTIALS: join(world.scratch, "terminal", "credentials.json") },
  });
  let shown = "";
  let answered = 0;
  const waiting = [...answers];
  child.stdout.on("data", (part) => {
    shown += String(part);
    const [question, answer] = waiting[0] ?? ["", ""];
    // Escape sequences of the terminal may follow a question.
    const at = shown.indexOf(question, answered);
    if (question === "" || at === -1) return;
    waiting.shift();
    answered = at + question.length;
    child.stdin.write(`${answer}\r`);
  });
  const [code] = await once(child, "exit");
  return `${shown}exit ${code}`;
};

test("on a terminal the password is asked for and not shown, and a one-time secret leads to a new one", async () => {
  const secret = await newUser("fay");
  const shown = await onTerminal(`login ${door} --name fay`, [
    ["secret of fay: ", secret],
    ["New password: ", "fay's long password"],
    ["The same again: ", "fay's long password"],
  ]);
  expect(shown).toMatch(/as fay \(profile 127\.0\.0\.1:\d+\)\.\s+exit 0$/);
  for (const hidden of [secret, "fay's"]) expect(shown).not.toContain(hidden);
  expect(
    await onTerminal(`login ${door}`, [
      ["Name: ", "fay"],
      ["secret of fay: ", "wrong"],
    ]),
  ).toMatch(/wrong\.[\s\S]*exit 6$/);
  const list = await onTerminal("profile list", []);
  expect(list).toMatch(/127\.0\.0\.1:\d+ +http:\S+ +fay +yes/);
});

test("credentials that others on the machine can read are refused, with how to change that", async () => {
  const path = join(world.scratch, "home", "credentials.json");
  chmodSync(path, 0o644);
  await expect(rollerblade("", "whoami")).rejects.toThrow("chmod 600");
  chmodSync(path, 0o600);
});
