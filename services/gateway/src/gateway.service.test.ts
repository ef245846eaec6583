import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import {
  type AuditLine,
  accountsRoutes,
  createHttpClient,
  gatewayRoutes,
  type LiveEvent,
  liveEvent,
  route,
} from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import {
  connectNats,
  ensureTopology,
  eventHeaders,
  newEventId,
  subjectOf,
  type TopicName,
  topics,
  topology,
} from "@rollerblade/events";
import { openObjectStore } from "@rollerblade/object-store";
import {
  addressHeader,
  defineService,
  hashToken,
  implement,
  type RunningServices,
  startServices,
  usedHeader,
} from "@rollerblade/service-kit";
import { createAccessTable, serviceToken, testSettings } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { gateway } from "./index.ts";

const servers = await startTestServers();
const publicUrl = "http://brains.example.org";
const settings = testSettings(servers, { ROLLERBLADE_PUBLIC_URL: publicUrl, ROLLERBLADE_MODE: "embedded" });
const objects = openObjectStore(servers.objectsUrl, { publicUrl, secret: settings.linkSecret });

const showScan = route({
  method: "GET",
  path: "/v1/scans/:name",
  summary: "A scan.",
  params: z.object({ name: z.string() }),
  response: z.object({ name: z.string(), as: z.string(), traceparent: z.string() }),
});

const createScan = route({
  method: "POST",
  path: "/v1/scans",
  summary: "A new scan.",
  body: z.object({ name: z.string() }),
  response: z.object({}),
});

/** Stands for the services behind: it says what reached it. */
const catalog = defineService({
  name: "catalog",
  config: z.object({}),
  database: null,
  start(context) {
    implement(context, showScan, ({ params, principal, request }) => ({
      name: params.name,
      as: principal.name,
      traceparent: String(request.headers.traceparent ?? ""),
    }));
    implement(context, createScan, () => ({}));
    context.http.register(async (http) => {
      http.removeAllContentTypeParsers();
      http.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
      http.put("/v1/files/*", async (request) => {
        const hash = createHash("sha256");
        let size = 0;
        for await (const chunk of request.raw) {
          size += chunk.length;
          hash.update(chunk);
        }
        return { size, sha256: hash.digest("hex"), type: request.headers["content-type"] };
      });
    });
    context.http.get("/v1/files/stream", async (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { "content-type": "text/event-stream" });
      for (let part = 0; part < 3; part++) {
        reply.raw.write(`part ${part}\n`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      reply.raw.end();
    });
  },
});

const recorded: AuditLine[] = [];
const audit = { away: false };

/** Stands for the audit log. */
const accounts = defineService({
  name: "accounts",
  config: z.object({}),
  database: null,
  start(context) {
    implement(context, accountsRoutes.recordAudit, ({ body }) => {
      if (audit.away) throw new Error("the database is away");
      recorded.push(...body.lines);
      return undefined;
    });
  },
});

let sql: Sql;
let running: RunningServices;
let url: string;
let nats: Awaited<ReturnType<typeof connectNats>>;

beforeAll(async () => {
  sql = connect(servers.databaseUrl, { max: 2 });
  await createAccessTable(sql);
  await sql`insert into accounts.access_v1 values
    (${hashToken("ada")}, 'ada', false, null, null, null), (${hashToken("ada")}, 'ada', false, 'dataset', 'brains', 'viewer'),
    (${hashToken("bob")}, 'bob', false, null, null, null), (${hashToken("root")}, 'root', true, null, null, null)`;
  nats = await connectNats({ url: servers.natsUrl, name: "test" });
  await ensureTopology(nats, topology);
  running = await startServices([accounts, catalog, gateway], settings);
  url = running.urls.gateway ?? "";
});
afterAll(async () => {
  await running.stop();
  await nats.close();
  await disconnect(sql);
  await servers.stop();
});

const as = (token: string, init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { authorization: `Bearer ${token}`, ...Object.fromEntries(new Headers(init.headers)) },
});
const get = (path: string, init: RequestInit = {}) => fetch(new URL(path, url), init);
const problem = async (response: Response): Promise<unknown> => ({
  status: response.status,
  body: await response.json(),
});

test("a request reaches its service as the same person, with its trace, and not on behalf of another", async () => {
  const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const headers = { traceparent: trace, "x-rollerblade-on-behalf-of": "root" };
  const answer = await get("/v1/scans/a%20b%2Fc", as("ada", { headers }));
  const seen = showScan.response.parse(await answer.json());
  expect(seen).toMatchObject({ name: "a b/c", as: "ada" });
  expect(seen.traceparent).toContain(trace.slice(3, 35));
});

test("a token of a service for another service opens neither the gateway nor, through it, that service", async () => {
  const root = { name: "root", admin: true };
  for (const token of [
    await serviceToken("catalog", "scheduler"),
    await serviceToken("catalog", "scheduler", root),
    // Good at the gateway, so that it is passed on; the service behind refuses it.
    await serviceToken("gateway", "scheduler"),
    await serviceToken("gateway", "scheduler", root),
  ])
    expect(await problem(await get("/v1/scans/a", as(token)))).toMatchObject({
      status: 401,
      body: { code: "unauthenticated" },
    });
});

test("a line stands in the audit log before a change is tried; without it the change is not tried", async () => {
  const create = () =>
    get(
      "/v1/scans",
      as("ada", { method: "POST", body: '{"name":"x"}', headers: { "content-type": "application/json" } }),
    );
  // Lines of what was asked before come a little later.
  const before = recorded.length;
  const ofAda = () => recorded.slice(before).filter(({ subject }) => subject === "scan");
  const answer = await create();
  expect([answer.status, answer.headers.get(usedHeader)]).toEqual([200, null]);
  expect(ofAda()[0]).toMatchObject({
    actor: "ada",
    action: "change.POST",
    outcome: "requested",
    address: "127.0.0.1",
  });
  await expect.poll(() => ofAda().map(({ outcome }) => outcome), { timeout: 20_000 }).toEqual(["requested", "allowed"]);
  audit.away = true;
  try {
    expect((await create()).status).toBe(503);
    // Reading waits for no log.
    expect((await get("/v1/scans/x", as("ada"))).status).toBe(200);
  } finally {
    audit.away = false;
  }
});

test("nobody can say for themselves from where they come", async () => {
  const headers = { [addressHeader]: "198.51.100.1", "x-forwarded-for": "198.51.100.2" };
  await get("/v1/datasets/from-elsewhere", { headers });
  const lines = () => recorded.filter(({ subject }) => subject === "dataset from-elsewhere");
  await expect
    .poll(() => lines().map(({ actor, address, outcome }) => [actor, address, outcome]), { timeout: 20_000 })
    .toEqual([["anonymous", "127.0.0.1", "refused"]]);
});

test("no byte goes on without a token", async () => {
  expect(await problem(await get("/v1/scans/x"))).toMatchObject({
    status: 401,
    body: { code: "unauthenticated" },
  });
  expect((await get("/v1/files/x", { method: "PUT", body: "x" })).status).toBe(401);
  expect((await get("/v1/status")).status).toBe(401);
  expect((await get("/v1/events")).status).toBe(401);
  expect((await get("/v1/dead-letters")).status).toBe(401);
});

test("what is open is open", async () => {
  for (const path of ["/healthz", "/openapi.json", "/docs/"]) expect((await get(path)).status).toBe(200);
});

test.each(["application/json", "application/octet-stream", "text/plain", undefined])(
  "a large body of type %s streams through as it is",
  async (type) => {
    const bytes = randomBytes(30 * 2 ** 20);
    const headers = type === undefined ? {} : { "content-type": type };
    const answer = await get("/v1/files/large", as("ada", { method: "PUT", body: bytes, headers }));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(await answer.json()).toEqual({ size: bytes.length, sha256, ...(type === undefined ? {} : { type }) });
  },
);

test("an answer that comes in parts is passed on in parts", async () => {
  const answer = await get("/v1/files/stream", as("ada"));
  const parts: string[] = [];
  for await (const chunk of answer.body ?? []) parts.push(Buffer.from(chunk).toString());
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.join("")).toBe("part 0\npart 1\npart 2\n");
});

test("errors of a service come through; a service that is not there is named", async () => {
  const none = await problem(await get("/v1/scans/x/y", as("ada")));
  expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
  expect(await problem(await get("/v1/runs/1", as("ada")))).toMatchObject({
    status: 503,
    body: { subject: "scheduler" },
  });
  expect(await problem(await get("/v1/nothing", as("ada")))).toMatchObject({ status: 404 });
});

test("no page of another origin may read answers", async () => {
  const answer = await get("/v1/scans/x", as("ada", { headers: { origin: "http://evil.example" } }));
  expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("a foreign name in the Host header is refused on every path", async () => {
  const ask = (host: string, path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(new URL(path, url), { headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.once("error", reject).end();
    });
  for (const path of ["/docs/", "/openapi.json", "/v1/status", "/objects/x", "/healthz", "/nothing"]) {
    expect(await ask("evil.example:7700", path)).toBe(403);
  }
  expect(await ask("localhost:1", "/healthz")).toBe(200);
  expect(await ask("brains.example.org", "/healthz")).toBe(200);
});

const described = z.looseObject({
  paths: z.record(z.string(), z.unknown()),
  components: z.looseObject({ securitySchemes: z.unknown() }),
});

test("one OpenAPI document describes all services, and the docs page shows it without files from elsewhere", async () => {
  const document = described.parse(await (await get("/openapi.json")).json());
  expect(document).toMatchObject({ openapi: "3.1.0", servers: [{ url: publicUrl }] });
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(["/v1/scans/{name}", "/v1/dead-letters", "/v1/status", "/v1/events"]),
  );
  expect(Object.keys(document.paths).filter((path) => path.includes("*"))).toEqual(["/v1/files/{*}"]);
  expect(document.components.securitySchemes).toMatchObject({ token: { scheme: "bearer" } });
  expect(await (await get("/docs/json")).json()).toEqual(document);
  const page = await (await get("/docs/")).text();
  const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
  expect(files.filter((path) => /^(https?:)?\/\//.test(path))).toEqual([]);
  for (const file of files) expect((await get(new URL(file, "http://x/docs/").pathname)).status).toBe(200);
});

const link = async (key: string, filename?: string): Promise<string> =>
  (await objects.presignGet(key, { expires: 60, ...(filename === undefined ? {} : { filename }) })).replace(
    publicUrl,
    url,
  );

test("a link gives the object to anybody, safely described", async () => {
  await objects.put("datasets/brains/a b+ü.png", Buffer.from("0123456789"));
  const answer = await fetch(await link("datasets/brains/a b+ü.png", 'ü".png'));
  expect([answer.status, await answer.text()]).toEqual([200, "0123456789"]);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "image/png",
    "content-length": "10",
    "content-disposition": `attachment; filename="__.png"; filename*=UTF-8''%C3%BC%22.png`,
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
    "accept-ranges": "bytes",
  });
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
});

test("a link reads parts, and goes on only where the object is still the same", async () => {
  await objects.put("range/digits", Buffer.from("0123456789"));
  const at = await link("range/digits");
  const part = await fetch(at, { headers: { range: "bytes=2-4" } });
  expect([part.status, await part.text(), part.headers.get("content-range")]).toEqual([206, "234", "bytes 2-4/10"]);
  const outside = await fetch(at, { headers: { range: "bytes=10-" } });
  expect([outside.status, outside.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  const etag = part.headers.get("etag") ?? "";
  const same = await fetch(at, { headers: { range: "bytes=8-", "if-range": etag } });
  expect([same.status, await same.text()]).toEqual([206, "89"]);
  const changed = await fetch(at, { headers: { range: "bytes=8-", "if-range": '"other"' } });
  expect([changed.status, await changed.text()]).toEqual([200, "0123456789"]);
  const head = await fetch(at, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "10", ""]);
});

test("a link is good for one object, one verb and its time", async () => {
  await objects.put("links/one", Buffer.from("x"));
  const at = await link("links/one");
  const status = async (address: string, init: RequestInit = {}) => (await fetch(address, init)).status;
  expect(await status(at.replace("links/one", "links/two"))).toBe(403);
  expect(await status(at.replace("links/one", "links/%2e%2e/one"))).toBe(403);
  expect(await status(at, { method: "PUT", body: "y" })).toBe(403);
  expect(await status(at.replace(/expires=\d+/, "expires=9999999999"))).toBe(403);
  expect(await status(`${at}&filename=x.exe`)).toBe(403);
  expect(await status(new URL("/objects/links/one", url).href)).toBe(403);
  const old = (await objects.presignGet("links/one", { expires: -1 })).replace(publicUrl, url);
  expect(await status(old)).toBe(403);
  await objects.delete(["links/one"]);
  expect(await status(at)).toBe(404);
});

test.each(["application/json", "application/gzip"])("a link to put takes a large body of type %s", async (type) => {
  const bytes = randomBytes(20 * 2 ** 20);
  const at = (await objects.presignPut("staging/put", { expires: 60 })).replace(publicUrl, url);
  const answer = await fetch(at, { method: "PUT", body: bytes, headers: { "content-type": type } });
  expect(await answer.json()).toEqual({
    size: bytes.length,
    sha256: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
  });
  expect(await objects.head("staging/put")).toMatchObject({ size: bytes.length });
  expect((await fetch(at)).status).toBe(403);
});

test("the status names every service and what is wrong; figures of events are for administrators", async () => {
  const asAda = await createHttpClient({ url, token: "ada" }).call(gatewayRoutes.status, {});
  expect(asAda).toMatchObject({ ready: false, events: null });
  expect(asAda.services.find(({ name }) => name === "catalog")).toMatchObject({ status: "ready" });
  expect(asAda.services.find(({ name }) => name === "scheduler")).toMatchObject({ status: "unreachable" });
  const asRoot = await createHttpClient({ url, token: "root" }).call(gatewayRoutes.status, {});
  expect(asRoot.events?.streams.map(({ name }) => name)).toContain("EVENTS");
  expect(asRoot.events).toMatchObject({ deadLetters: 0 });
});

test("dead letters are for administrators", async () => {
  const list = (token: string) => createHttpClient({ url, token }).call(gatewayRoutes.listDeadLetters, { query: {} });
  await expect(list("ada")).rejects.toMatchObject({ code: "forbidden" });
  expect(await list("root")).toEqual({ items: [], next: null });
  const show = createHttpClient({ url, token: "root" }).call(gatewayRoutes.showDeadLetter, {
    params: { id: "catalog.x" },
  });
  await expect(show).rejects.toMatchObject({ code: "not-found" });
});

test("dead letters of one cause are counted, tried again or discarded together, after a look at how many they are", async () => {
  const root = createHttpClient({ url, token: "root" });
  const letters = ["1", "2", "3"].map((number) => ({
    ...{
      id: `grouping.e${number}`,
      durable: "grouping",
      event: `e${number}`,
      subject: "rollerblade.scan.indexed.brains",
    },
    ...{ stream: "EVENTS", sequence: 1, deliveries: 5, stack: "", headers: { "ce-type": "scan.indexed" }, body: "" },
    ...{ reason: number === "3" ? "no room" : `cannot read line ${number}`, time: `2026-11-0${number}T00:00:00.000Z` },
  }));
  for (const letter of letters) nats.publish(`rollerblade.dead-letter.${letter.id}`, JSON.stringify(letter));
  const groups = async () => (await root.call(gatewayRoutes.groupDeadLetters, {})).items;
  await expect.poll(groups).toMatchObject([
    { durable: "grouping", topic: "scan.indexed", reason: "cannot read line 2", count: 2, newest: "grouping.e2" },
    { reason: "no room", count: 1 },
  ]);
  const like = "grouping.e2";
  expect(await root.call(gatewayRoutes.replayDeadLetters, { body: { like, dryRun: true } })).toEqual({ letters: 2 });
  expect(await root.call(gatewayRoutes.replayDeadLetters, { body: { like } })).toEqual({ letters: 2 });
  const discard = (body: { like: string; reason: string; dryRun?: boolean; only?: boolean }, token = "root") =>
    createHttpClient({ url, token }).call(gatewayRoutes.discardDeadLetters, { body });
  const reason = "The scans are deleted.";
  await expect(discard({ like, reason }, "ada")).rejects.toMatchObject({ code: "forbidden" });
  await expect(discard({ like, reason: " " })).rejects.toMatchObject({ code: "invalid" });
  await expect(discard({ like: "grouping.none", reason })).rejects.toMatchObject({ code: "not-found" });
  expect(await discard({ like, reason, dryRun: true })).toEqual({ letters: 2 });
  expect(await discard({ like: "grouping.e1", reason, only: true })).toEqual({ letters: 1 });
  expect(await groups()).toMatchObject([
    { count: 1, newest: "grouping.e2" },
    { count: 1, newest: "grouping.e3" },
  ]);
  for (const id of ["grouping.e2", "grouping.e3"]) expect(await discard({ like: id, reason })).toEqual({ letters: 1 });
  expect(await groups()).toEqual([]);
});

test("the figures of the installation are not at the door, and its checks are for administrators", async () => {
  expect((await get("/metrics")).status).toBe(404);
  const asAda = await createHttpClient({ url, token: "ada" }).call(gatewayRoutes.status, {});
  expect(asAda.services.map(({ checks, outbox }) => ({ checks, outbox }))).toEqual(
    asAda.services.map(() => ({ checks: {}, outbox: null })),
  );
  const asRoot = await createHttpClient({ url, token: "root" }).call(gatewayRoutes.status, {});
  expect(asRoot.services.find(({ name }) => name === "catalog")?.checks).toMatchObject({ database: true });
});

test("a body of a service that is too large is 413 with its words, with and without a length", async () => {
  const body = JSON.stringify({ name: "x".repeat(17 * 2 ** 20) });
  const headers = { "content-type": "application/json" };
  const whole = await get("/v1/scans", as("ada", { method: "POST", body, headers }));
  expect(await problem(whole)).toMatchObject({ status: 413, body: { code: "too-large" } });
  const chunked = await get("/v1/scans", {
    ...as("ada", { method: "POST", headers }),
    body: new Blob([body]).stream(),
    duplex: "half",
  });
  expect(await problem(chunked)).toMatchObject({ status: 413, body: { code: "too-large" } });
});

test("whoever asks whether to send a body may do so through the gateway", async () => {
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: "Bearer ada", expect: "100-continue", "content-type": "text/x-any" };
    const request = httpRequest(new URL("/v1/files/a", url), { method: "PUT", headers });
    request.on("continue", () => request.end("bytes"));
    request.on("response", (response) => resolve(response.resume().statusCode));
    request.on("error", reject);
    request.flushHeaders();
  });
  expect(answer).toBe(200);
});

test("one person's live views are counted before anything is waited for", async () => {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const open = () => get("/v1/events", as("bob", { signal: end.signal }));
  const answers = await Promise.all(Array.from({ length: 25 }, open));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(5);
  expect(refused[0]?.headers.get("retry-after")).toBe("5");
  expect((await get("/v1/events", as("ada", { signal: end.signal }))).status).toBe(200);
});

test("bad tokens of an address are refused without asking anybody, and a token that was good passes", async () => {
  const limited = await startServices([gateway], settings, {
    gateway: { badTokensPerMinute: 5, requestsPerSecond: 1 },
  });
  onTestFinished(() => limited.stop());
  const ask = (token: string) => fetch(new URL("/v1/status", limited.urls.gateway), as(token));
  expect((await ask("ada")).status).toBe(200);
  const statuses = [];
  for (let turn = 0; turn < 7; turn += 1) statuses.push((await ask(`bad${turn}`)).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  // Ada and Bob share an address; of Ada it is known that her token is good.
  expect((await ask("bob")).status).toBe(429);
  for (let turn = 0; turn < 9; turn += 1) expect((await ask("ada")).status).toBe(200);
  const refused = await ask("ada");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await problem(refused)).toMatchObject({ status: 429, body: { code: "too-many-requests" } });
});

const publishEvent = (topic: TopicName, dataset: string | null, body: Uint8Array): void =>
  nats.publish(subjectOf(topic, dataset), body, {
    headers: eventHeaders({
      id: newEventId(),
      topic,
      source: topics[topic].publisher,
      time: new Date(),
      traceparent: "",
    }),
  });
const publishSubjectDeleted = (dataset: string, subject: string): void =>
  publishEvent("subject.deleted", dataset, topics["subject.deleted"].encode({ dataset, subject }));

type Watch = { readonly next: () => Promise<{ id: string; event: LiveEvent }>; readonly close: () => void };

/** Opens a live view, and reads it event by event. */
const watch = async (token: string, query = "", headers: Record<string, string> = {}): Promise<Watch> => {
  const end = new AbortController();
  const answer = await get(`/v1/events${query}`, as(token, { headers, signal: end.signal }));
  expect(answer.status).toBe(200);
  const reader = (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  onTestFinished(() => end.abort());
  let text = "";
  const block = async (): Promise<string> => {
    for (;;) {
      const at = text.indexOf("\n\n");
      if (at >= 0) {
        const found = text.slice(0, at);
        text = text.slice(at + 2);
        return found;
      }
      const { value, done } = await reader.read();
      if (done) throw new Error("the view ended");
      text += value;
    }
  };
  expect(await block()).toMatch(/^retry: \d+\nid: \d+$/);
  return {
    async next() {
      for (;;) {
        const fields = new Map(
          (await block()).split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)]),
        );
        const data = fields.get("data");
        if (data !== undefined) return { id: fields.get("id") ?? "", event: liveEvent.parse(JSON.parse(data)) };
      }
    },
    close: () => end.abort(),
  };
};

test("a view shows what happens in what one may read, and nothing else", async () => {
  const [ada, root] = [await watch("ada"), await watch("root")];
  publishSubjectDeleted("secret", "01");
  publishSubjectDeleted("brains", "02");
  publishEvent("run.started", null, topics["run.started"].encode({ run: newEventId(), owner: "bob" }));
  publishEvent("run.started", null, topics["run.started"].encode({ run: newEventId(), owner: "ada" }));
  expect((await ada.next()).event).toMatchObject({
    topic: "subject.deleted",
    dataset: "brains",
    message: { dataset: "brains", subject: "02" },
  });
  expect((await ada.next()).event).toMatchObject({ topic: "run.started", message: { owner: "ada" } });
  const all = [await root.next(), await root.next(), await root.next(), await root.next()];
  expect(all.map(({ event }) => event.dataset)).toEqual(["secret", "brains", null, null]);
});

test("a view goes on where it was", async () => {
  const first = await watch("ada");
  publishSubjectDeleted("brains", "03");
  const { id } = await first.next();
  first.close();
  publishSubjectDeleted("brains", "04");
  publishSubjectDeleted("brains", "05");
  const second = await watch("ada", "", { "last-event-id": id });
  expect((await second.next()).event.message).toMatchObject({ subject: "04" });
  const third = await watch("ada", `?after=${Number(id) + 1}`);
  expect((await third.next()).event.message).toMatchObject({ subject: "05" });
  // What no event has as its number is nothing to go on behind.
  const fourth = await watch("ada", "", { "last-event-id": "-5" });
  publishSubjectDeleted("brains", "09");
  expect((await fourth.next()).event.message).toMatchObject({ subject: "09" });
});

test("a view may be of some topics and one dataset", async () => {
  const some = await watch("root", "?topics=run.started,subject.deleted&dataset=brains");
  publishSubjectDeleted("secret", "06");
  publishEvent("dataset.deleted", "brains", topics["dataset.deleted"].encode({ dataset: "brains" }));
  publishSubjectDeleted("brains", "07");
  expect((await some.next()).event.message).toMatchObject({ subject: "07" });
  expect((await get("/v1/events?topics=no.such", as("ada"))).status).toBe(400);
  expect((await get("/v1/events?dataset=*", as("ada"))).status).toBe(400);
});

test("a message that is none of its topic does not end the view", async () => {
  const ada = await watch("ada");
  publishEvent("subject.deleted", "brains", Buffer.from("not a message"));
  publishSubjectDeleted("brains", "08");
  expect((await ada.next()).event.message).toMatchObject({ subject: "08" });
});

test("a revoked grant ends what is shown, and a revoked token the view", async () => {
  const ada = await watch("ada");
  await sql`update accounts.access_v1 set resource = 'other' where resource = 'brains'`;
  // The view looks at rights each second: once it shows the other dataset, it has looked, and shows this one no more.
  const shown: string[] = [];
  const next = async (): Promise<void> => void shown.push(JSON.stringify((await ada.next()).event.message));
  const publishing = setInterval(() => {
    publishSubjectDeleted("brains", "09");
    publishSubjectDeleted("other", "10");
  }, 50);
  try {
    while (!shown.some((message) => message.includes('"10"'))) await next();
    const before = shown.length;
    for (let more = 0; more < 5; more++) await next();
    expect(shown.slice(before).filter((message) => !message.includes('"10"'))).toEqual([]);
    await sql`delete from accounts.access_v1 where principal = 'ada'`;
    const end = async (): Promise<never> => {
      for (;;) await next();
    };
    await expect(end()).rejects.toThrow("the view ended");
  } finally {
    clearInterval(publishing);
  }
});
