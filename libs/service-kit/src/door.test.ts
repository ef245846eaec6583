import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { route } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { createLogger } from "@rollerblade/telemetry";
import type { FastifyRequest } from "fastify";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { tooManyRequests } from "./fair-queue.ts";
import type { Http } from "./http.ts";
import { createHttp } from "./http-server.ts";
import { implement } from "./implement.ts";
import type { Principal } from "./principal.ts";

const echo = route({
  method: "POST",
  path: "/v1/echo/:id",
  summary: "Gives back what it got.",
  params: z.object({ id: z.string() }),
  query: z.object({ text: z.string().default("") }),
  body: z.record(z.string(), z.json()),
  response: z.object({ id: z.string(), text: z.string() }),
});
const busy = route({ method: "GET", path: "/v1/busy", summary: "Is busy.", response: z.object({}) });

const form = route({
  method: "POST",
  path: "/v1/forms",
  summary: "Takes files.",
  bodyType: "multipart/form-data",
  response: z.object({}),
});

const bodyTimes = { jsonMs: 300, stallMs: 300, lingerMs: 200 };
let http: Http;
let port = 0;

beforeAll(async () => {
  http = await createHttp({ service: "catalog", log: createLogger("catalog", { level: "silent" }), bodyTimes });
  const authenticate = async ({ headers }: FastifyRequest): Promise<Principal> => {
    if (headers.authorization === "Bearer good") return { name: "ada", admin: false };
    throw new Problem({ code: "unauthenticated", message: "No." });
  };
  const context = { http, name: "catalog" as const, authenticate };
  implement(context, echo, ({ params, query }) => ({ id: params.id, text: query.text }));
  implement(context, form, () => ({}));
  implement(context, busy, () => {
    throw tooManyRequests("requests", 7);
  });
  http.put("/v1/bytes", async (request) => {
    let size = 0;
    for await (const chunk of request.raw) {
      // Slower than its sender.
      if (size === 0) await sleep(1_000);
      size += chunk.length;
    }
    return { size };
  });
  await http.listen({ host: "127.0.0.1", port: 0 });
  port = z.object({ port: z.number() }).parse(http.server.address()).port;
});
afterAll(() => http.close());

/** A connection that sends what it is told to, and collects what comes back. */
const open = (): { socket: Socket; answer(): string; closed: Promise<void> } => {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()).on("error", () => {}));
  onTestFinished(() => void socket.destroy());
  return { socket, answer: () => answer, closed };
};

const head = (path: string, length: number, token: string, more = ""): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\nauthorization: Bearer ${token}\r\n${more}\r\n`;

const drip = async (socket: Socket): Promise<void> => {
  while (!socket.destroyed && socket.writable) {
    socket.write(" ");
    await sleep(20);
  }
};

const inject = (url: string, payload: string | object = {}, token = "good") =>
  http.inject({
    method: "POST",
    url,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    payload,
  });

test("of whoever has no token no body is parsed, and its connection does not stay", async () => {
  expect((await inject("/v1/echo/a", "{", "bad")).statusCode).toBe(401);
  const { socket, answer, closed } = open();
  socket.write(head("/v1/echo/a", 1_000_000, "bad"));
  await Promise.all([closed, drip(socket)]);
  expect(answer()).toMatch(/^HTTP\/1\.1 401 /);
});

test("a body that drips is ended after its time", async () => {
  const { socket, answer, closed } = open();
  socket.write(head("/v1/echo/a", 100, "good"));
  await Promise.all([closed, drip(socket)]);
  expect(answer()).toMatch(/^HTTP\/1\.1 408 /);
});

test("a stream that stops is ended, and one whose reader is slow is not", async () => {
  const bytes = Buffer.alloc(4 * 2 ** 20);
  const slow = await fetch(`http://127.0.0.1:${port}/v1/bytes`, {
    method: "PUT",
    body: bytes,
    headers: { "content-type": "application/octet-stream" },
  });
  expect(await slow.json()).toEqual({ size: bytes.length });
  const { socket, answer, closed } = open();
  socket.write(
    "PUT /v1/bytes HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 9\r\n\r\n",
  );
  await closed;
  expect(answer()).toMatch(/^HTTP\/1\.1 408 /);
});

test("whoever asks whether to send a body is told so after the token was looked at", async () => {
  const refused = open();
  refused.socket.write(head("/v1/echo/a", 2, "bad", "expect: 100-continue\r\n"));
  await expect.poll(refused.answer).toMatch(/^HTTP\/1\.1 401 /);
  const welcome = open();
  welcome.socket.write(head("/v1/echo/a", 2, "good", "expect: 100-continue\r\n"));
  await expect.poll(welcome.answer).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  welcome.socket.write("{}");
  await expect.poll(welcome.answer).toContain('{"id":"a","text":""}');
});

test("a body over the limit is answered with 413, and not with a broken connection", async () => {
  const payload = JSON.stringify({ a: "x".repeat(17 * 2 ** 20) });
  const answer = await fetch(`http://127.0.0.1:${port}/v1/echo/a`, {
    method: "POST",
    body: payload,
    headers: { authorization: "Bearer good", "content-type": "application/json" },
  });
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ code: "too-large" });
});

test.each([
  ["NUL in the path", "/v1/echo/a%00b", {}, "params.id: holds a NUL character"],
  ["NUL in the query", "/v1/echo/a?text=%00", {}, "query.text: holds a NUL character"],
  ["NUL in the body", "/v1/echo/a", { a: [{ b: "x\0" }] }, "body.a.0.b: holds a NUL character"],
  ["NUL in a name", "/v1/echo/a", { "x\0": 1 }, "body.x\\0: holds a NUL character"],
  ["half a surrogate pair", "/v1/echo/a", '{"a": "\\ud800"}', "body.a: holds half a surrogate pair"],
  ["65 levels", "/v1/echo/a", `{"a": ${"[".repeat(64)}${"]".repeat(64)}}`, "is nested deeper than 64 levels"],
  ["200,000 levels", "/v1/echo/a", `{"a": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`, "is nested deeper than 64"],
])("%s is refused before any handler sees it", async (_, url, payload, expected) => {
  const answer = await inject(url, payload);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().detail).toContain(expected);
});

test("64 levels and every other character are fine", async () => {
  const answer = await inject("/v1/echo/%F0%9F%A7%A0?text=%01", `{"a": ${"[".repeat(63)}${"]".repeat(63)}}`);
  expect(answer.json()).toEqual({ id: "🧠", text: "\u0001" });
});

test("answers tell browsers to do nothing with them but to show them, and caches to keep nothing", async () => {
  const { headers } = await inject("/v1/echo/a");
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none';frame-ancestors 'none';base-uri 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
  });
});

test("one request too many is 429 with the time to wait", async () => {
  const answer = await http.inject({ url: "/v1/busy", headers: { authorization: "Bearer good" } });
  expect(answer.statusCode).toBe(429);
  expect(answer.headers["retry-after"]).toBe("7");
  expect(answer.json()).toMatchObject({
    status: 429,
    code: "too-many-requests",
    detail: "Too many requests.",
    next: "Try again in 7 s.",
    retryAfterSeconds: 7,
  });
});

test.each([
  [
    "an address that is too long",
    `GET /v1/echo?text=${"x".repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    431,
    "too-large",
  ],
  ["a method that does not exist", "FOO /v1/echo HTTP/1.1\r\nhost: x\r\n\r\n", 400, "invalid"],
])("%s is a problem document, too, and ends the connection", async (_, request, status, code) => {
  const { socket, answer, closed } = open();
  socket.write(request);
  await closed;
  const [headers = "", body = ""] = answer().split("\r\n\r\n");
  expect(headers).toContain(`HTTP/1.1 ${status} `);
  expect(headers).toContain("content-type: application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status, code });
});

test.each(["PUT", "QUERY", "PATCH"])("%s of a path that takes other methods is 405 with these", async (method) => {
  const response = await fetch(`http://127.0.0.1:${port}/v1/tokens`, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
  expect(await response.json()).toMatchObject({ code: "method-not-allowed", status: 405 });
});

test("a form without a boundary is refused before its handler", async () => {
  const headers = { "content-type": "multipart/form-data", authorization: "Bearer good" };
  const answer = await http.inject({ method: "POST", url: "/v1/forms", headers, payload: "x" });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: "invalid", subject: "body" });
});
