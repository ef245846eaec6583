import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { Problem } from "@rollerblade/errors";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { createHttpClient, type HttpClientOptions } from "./http-client.ts";
import { pageThrough, readAll } from "./pages.ts";
import { writeProblem } from "./problem-document.ts";
import { route } from "./route.ts";

const readThing = route({
  method: "GET",
  path: "/v1/things/:name",
  summary: "One thing",
  params: z.object({ name: z.string() }),
  query: z.object({ tag: z.array(z.string()).optional(), limit: z.int().optional() }),
  response: z.object({ size: z.int() }),
});
const writeThing = route({
  method: "POST",
  path: "/v1/things",
  summary: "A new thing",
  body: z.object({ name: z.string() }),
  response: z.object({ size: z.int() }),
});

/** A server that answers as `listener` does, the requests that it got, and a client of it. */
const serve = async (listener: RequestListener, options: Omit<HttpClientOptions, "url"> = {}) => {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = z.object({ port: z.int() }).parse(server.address());
  return { requests, client: createHttpClient({ url: `http://127.0.0.1:${address.port}`, ...options }) };
};

const answer =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(body);

const failureOf = async (call: Promise<unknown>): Promise<Problem> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Problem) return error;
  throw new Error(`no Problem: ${String(error)}`);
};

const input = { params: { name: "a/b c" }, query: { tag: ["x", "y"], limit: 2 } };

test("parameters are part of the path, lists are repeated, and headers are those of this very request", async () => {
  let asked = 0;
  const headers = () => ({ traceparent: `trace-${++asked}` });
  const { client, requests } = await serve(answer(200, '{"size": 7}'), { token: "rb_1", headers });
  expect(await client.call(readThing, input)).toEqual({ size: 7 });
  await client.call(readThing, { params: { name: "c" }, query: {} });
  expect(requests.map(({ url }) => url)).toEqual(["/v1/things/a%2Fb%20c?tag=x&tag=y&limit=2", "/v1/things/c"]);
  expect(requests.map(({ headers: sent }) => [sent.authorization, sent.traceparent])).toEqual([
    ["Bearer rb_1", "trace-1"],
    ["Bearer rb_1", "trace-2"],
  ]);
});

const conflict = { code: "conflict", subject: "a", next: "Take another name." } as const;
const problem = new Problem({
  ...conflict,
  message: "It is there.",
  findings: [{ where: "body.a", message: "is there" }],
});

test.each([
  ["a problem document", writeProblem(problem, "/v1/things/a")],
  ["the form of earlier servers", { error: problem.body() }],
])("the problem of a service arrives as it was: %s", async (_, body) => {
  const { client } = await serve(answer(409, JSON.stringify(body)));
  expect(await failureOf(client.call(readThing, input))).toMatchObject(problem.body());
});

test("a code of a later version is that of its status", async () => {
  const { client } = await serve(answer(403, JSON.stringify({ code: "embargoed", detail: "Not before May." })));
  expect(await failureOf(client.call(readThing, input))).toMatchObject({
    code: "forbidden",
    message: "Not before May.",
  });
});

test.each([
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "not-found"],
  [409, "conflict"],
  [412, "precondition-failed"],
  [413, "too-large"],
  [429, "too-many-requests"],
  [418, "invalid"],
  [500, "unavailable"],
  [502, "unavailable"],
])("status %i of somebody else, for example a proxy, is the problem %s with its text", async (status, code) => {
  const { client } = await serve(answer(status, "<h1>no</h1>"));
  expect(await failureOf(client.call(readThing, input))).toMatchObject({ code, message: "<h1>no</h1>" });
});

test("an answer that is not of the declared shape is refused", async () => {
  const { client } = await serve(answer(200, '{"size": "large"}'));
  await expect(client.call(readThing, input)).rejects.toThrow(z.ZodError);
});

test("where nobody listens the problem names the address", async () => {
  const client = createHttpClient({ url: "http://127.0.0.1:9" });
  expect(await failureOf(client.call(readThing, input))).toMatchObject({
    code: "unavailable",
    subject: "http://127.0.0.1:9",
  });
});

test("a server that takes too long is unavailable", async () => {
  const { client } = await serve(() => {}, { timeoutMs: 50 });
  expect(await failureOf(client.call(readThing, input))).toMatchObject({ code: "unavailable" });
});

test("a read that failed twice is repeated, and a change under one key", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  let failures = 2;
  const { client, requests } = await serve(
    (request, response) => answer(failures-- > 0 ? 503 : 200, '{"size": 7}')(request, response),
    { retries: 3 },
  );
  expect(await client.call(readThing, input)).toEqual({ size: 7 });
  expect(requests).toHaveLength(3);
  failures = 1;
  expect(await client.call(writeThing, { body: { name: "a" } })).toEqual({ size: 7 });
  const keys = requests.slice(3).map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
});

test("what takes no key is sent once, and so is a change where nobody asked for retries", async () => {
  const { client, requests } = await serve(answer(503, "no"), { retries: 3 });
  const search = { ...writeThing, scope: "read" } as const;
  expect(await failureOf(client.call(search, { body: { name: "a" } }))).toMatchObject({ code: "unavailable" });
  expect(requests).toHaveLength(1);
  const once = await serve(answer(503, "no"));
  expect(await failureOf(once.client.call(writeThing, { body: { name: "a" } }))).toMatchObject({ code: "unavailable" });
  expect(once.requests.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined]);
});

test("conditions are sent as headers", async () => {
  const { client, requests } = await serve(answer(200, '{"size": 7}'));
  const idempotencyKey = "8e03978e-40d5-43dd-bc93-6894a57f9324";
  await client.call(writeThing, { body: { name: "a" } }, { ifMatch: '"x"', ifNoneMatch: "*", idempotencyKey });
  expect(requests[0]?.headers).toMatchObject({
    "if-match": '"x"',
    "if-none-match": "*",
    "idempotency-key": idempotencyKey,
    "content-type": "application/json",
  });
});

test("a read that is refused is not repeated", async () => {
  const { client, requests } = await serve(answer(404, "no"), { retries: 3 });
  await failureOf(client.call(readThing, input));
  expect(requests).toHaveLength(1);
});

test("pages are read one after the other, and no more than are wanted", async () => {
  const asked: (string | undefined)[] = [];
  const read = async (after: string | undefined) => {
    asked.push(after);
    const first = Number(after ?? 0);
    return { items: [first, first + 1], next: first < 4 ? String(first + 2) : null };
  };
  expect(await readAll(read)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(asked).toEqual([undefined, "2", "4"]);
  asked.length = 0;
  expect(await readAll(read, 3)).toEqual([0, 1, 2]);
  expect(asked).toEqual([undefined, "2"]);
  for await (const item of pageThrough(read)) if (item === 1) break;
  expect(asked).toEqual([undefined, "2", undefined]);
});

test("a write that was refused because there are too many is repeated after the time that the server names", async () => {
  const error = { code: "too-many-requests", message: "Too many requests.", retryAfterSeconds: 0.01 } as const;
  let refusals = 2;
  const { client, requests } = await serve((request, response) =>
    refusals-- > 0
      ? answer(429, JSON.stringify(writeProblem(new Problem(error), "/")))(request, response)
      : answer(200, '{"size": 7}')(request, response),
  );
  expect(await client.call(writeThing, { body: { name: "a" } })).toEqual({ size: 7 });
  expect(requests).toHaveLength(3);
  refusals = Number.POSITIVE_INFINITY;
  expect(await failureOf(client.call(writeThing, { body: { name: "a" } }))).toMatchObject(error);
});

test("nobody waits minutes for a server that asks for it", async () => {
  const error = { code: "too-many-requests", message: "Too many requests.", retryAfterSeconds: 600 } as const;
  const { client, requests } = await serve(answer(429, JSON.stringify(writeProblem(new Problem(error), "/"))));
  expect(await failureOf(client.call(readThing, input))).toMatchObject(error);
  expect(requests).toHaveLength(1);
});
