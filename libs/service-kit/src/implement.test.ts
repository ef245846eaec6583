import { route } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { createLogger, createRegistry } from "@rollerblade/telemetry";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { serveHealth } from "./health.ts";
import type { Http } from "./http.ts";
import { createHttp } from "./http-server.ts";
import { implement } from "./implement.ts";
import { createMetricsServer } from "./metrics-server.ts";
import type { Principal } from "./principal.ts";

const scan = route({
  method: "POST",
  path: "/v1/scans/:id",
  summary: "Reads a scan.",
  params: z.object({ id: z.string() }),
  query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
  body: z.object({ age: z.number() }),
  response: z.object({ id: z.string(), limit: z.number(), age: z.number(), who: z.string() }),
});
const remove = route({ method: "DELETE", path: "/v1/scans", summary: "Removes.", response: z.undefined() });
const fail = route({
  method: "GET",
  path: "/v1/fail/:how",
  summary: "Fails.",
  params: z.object({ how: z.string() }),
  response: z.object({}),
});

const wrong = route({
  method: "GET",
  path: "/v1/wrong-answer",
  summary: "Answers what it does not declare.",
  response: z.object({ age: z.number() }),
});

const failures: Readonly<Record<string, () => never>> = {
  problem: () => {
    throw new Problem({ code: "conflict", message: "The name is taken.", subject: "x", next: "Take another." });
  },
  outage: () => {
    throw Object.assign(new Error("write CONNECTION_CLOSED"), { code: "CONNECTION_CLOSED" });
  },
  unknown: () => {
    throw new Error("password=secret");
  },
  row: () => {
    z.object({ age: z.number() }).parse({ age: "a row of the database" });
    throw new Error("It was taken.");
  },
};

let http: Http;
const registry = createRegistry("catalog");

beforeAll(async () => {
  const log = createLogger("catalog", { level: "silent" });
  http = await createHttp({ service: "catalog", log, registry });
  serveHealth(http, registry, { database: () => true, events: () => new Promise(() => {}) });
  const authenticate = async (): Promise<Principal> => ({ name: "ada", admin: false });
  const context = { http, name: "catalog" as const, authenticate };
  implement(context, scan, ({ params, query, body, principal }) => ({
    id: params.id,
    limit: query.limit,
    age: body.age,
    who: principal.name,
    secret: "never leaves",
  }));
  implement(context, remove, () => undefined, { open: true });
  implement(context, wrong, () => ({ age: JSON.parse('"not a number"') }), { open: true });
  implement(context, fail, ({ params }) => failures[params.how]?.() ?? {}, { open: true });
  http.put("/v1/bytes", async (request) => {
    let size = 0;
    for await (const chunk of request.raw) size += chunk.length;
    return { size };
  });
});

describe("a declared route", () => {
  test("answers with what its response declares", async () => {
    const answer = await http.inject({ method: "POST", url: "/v1/scans/a%2Fb?limit=7", payload: { age: 30.5 } });
    expect(answer.json()).toEqual({ id: "a/b", limit: 7, age: 30.5, who: "ada" });
  });

  test("without an answer is 204", async () => {
    expect((await http.inject({ method: "DELETE", url: "/v1/scans" })).statusCode).toBe(204);
  });

  test.each([
    ["a body", { url: "/v1/scans/a", payload: { age: "old" } }, "body.age"],
    ["a query", { url: "/v1/scans/a?limit=11", payload: { age: 1 } }, "query.limit"],
  ])("refuses %s that does not fit, with the place", async (_, request, where) => {
    const answer = await http.inject({ method: "POST", ...request });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "invalid", subject: where, findings: [{ where }] });
  });

  test.each([
    ["a body", { url: "/v1/scans/a", payload: { age: 1, more: [{ text: "a\0" }] } }, "body.more.0.text"],
    ["a key", { url: "/v1/scans/a", payload: { age: 1, "a\0": 1 } }, "body.a\\0"],
    ["a query", { url: "/v1/scans/a?limit=%00", payload: { age: 1 } }, "query.limit"],
    ["a path", { url: "/v1/scans/a%00", payload: { age: 1 } }, "params.id"],
  ])("refuses NUL in %s, with the place", async (_, request, where) => {
    const answer = await http.inject({ method: "POST", ...request });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "invalid", subject: where, findings: [{ where }] });
  });

  test.each([
    [
      "a body",
      { url: "/v1/scans/a", payload: { age: 1, agee: 2 } },
      'body.agee is not known here; did you mean "age"?',
    ],
    [
      "a body",
      { url: "/v1/scans/a", payload: { age: 1, dataset: "x" } },
      "body.dataset is not known here; known are age.",
    ],
    [
      "a query",
      { url: "/v1/scans/a?limt=7", payload: { age: 1 } },
      'query.limt is not known here; did you mean "limit"?',
    ],
  ])("refuses a key of %s that it does not know, with the nearest one", async (_, request, message) => {
    const answer = await http.inject({ method: "POST", ...request });
    expect(answer.statusCode).toBe(400);
    const { findings } = answer.json();
    expect(`${findings[0].where} ${findings[0].message}`).toBe(message.replace(/\.$/, ""));
  });

  test("refuses a whole number that would lose digits, and takes it as a text", async () => {
    const post = (payload: string) =>
      http.inject({ method: "POST", url: "/v1/scans/a", headers: { "content-type": "application/json" }, payload });
    const answer = await post('{"age": 12345678901234567890}');
    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toContain("12345678901234567890 is beyond 2^53");
    expect((await post('{"age": "12345678901234567890"}')).json().subject).toBe("body.age");
    expect((await post('{"age": 9007199254740991}')).json().age).toBe(9007199254740991);
  });

  test("is in the OpenAPI document with its schemas", async () => {
    const document = (await http.inject("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    const { post } = document.paths["/v1/scans/{id}"];
    expect(post.summary).toBe("Reads a scan.");
    expect(post.requestBody.content["application/json"].schema.properties).toEqual({
      age: { type: "number", description: "In years; null where it is not known." },
    });
    expect(document.paths).not.toHaveProperty("/metrics");
  });
});

describe("errors", () => {
  test("a problem keeps its words and gets its status", async () => {
    const answer = await http.inject("/v1/fail/problem");
    expect(answer.statusCode).toBe(409);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toEqual({
      type: "/problems/conflict",
      title: "It conflicts with the present state",
      status: 409,
      detail: "The name is taken.",
      instance: "/v1/fail/problem",
      code: "conflict",
      subject: "x",
      next: "Take another.",
    });
  });

  test("a database that is away is reported as such, and worth another try", async () => {
    const answer = await http.inject("/v1/fail/outage");
    expect(answer.statusCode).toBe(503);
    expect(answer.json().code).toBe("unavailable");
  });

  test("what nobody foresaw leaves with an id and nothing else", async () => {
    const answer = await http.inject("/v1/fail/unknown");
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain("secret");
    const { detail, subject, instance } = answer.json();
    expect(detail).toMatch(/logged under [0-9a-f-]{36}/);
    expect(instance).toBe(`urn:uuid:${subject}`);
  });

  test.each(["a row", "an answer"])("%s that is not what its schema says is no fault of the caller", async (what) => {
    const answer = await http.inject(what === "a row" ? "/v1/fail/row" : "/v1/wrong-answer");
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: "internal", detail: expect.stringMatching(/logged under/) });
    expect(answer.body).not.toContain("age");
  });

  test.each([
    ["an unknown path", { method: "GET", url: "/v1/nothing" }, 404, "not-found"],
    [
      "broken JSON",
      { method: "POST", url: "/v1/scans/a", headers: { "content-type": "application/json" }, payload: "{" },
      400,
      "invalid",
    ],
  ] as const)("%s is an answer in the same form", async (_, request, status, code) => {
    const answer = await http.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toBe(code);
  });

  test("a body over the limit is too large", async () => {
    const payload = JSON.stringify({ age: 1, more: "x".repeat(17 * 1024 * 1024) });
    const answer = await http.inject({
      method: "POST",
      url: "/v1/scans/a",
      headers: { "content-type": "application/json" },
      payload,
    });
    expect(answer.json().code).toBe("too-large");
  });
});

test("bytes reach a handler as a stream, beyond the limit of JSON", async () => {
  const payload = Buffer.alloc(20 * 1024 * 1024);
  const answer = await http.inject({
    method: "PUT",
    url: "/v1/bytes",
    headers: { "content-type": "application/octet-stream" },
    payload,
  });
  expect(answer.json()).toEqual({ size: payload.length });
});

test("readiness names what is not well, and does not wait for it", async () => {
  const answer = await http.inject("/readyz");
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({ status: "not ready", checks: { database: true, events: false }, outbox: null });
});

test("metrics count requests by route, and are on a port of their own", async () => {
  expect((await http.inject("/metrics")).statusCode).toBe(404);
  const metrics = createMetricsServer([registry, createRegistry("tagger")]);
  const { body } = await metrics.inject("/metrics");
  await metrics.close();
  expect(body.match(/^process_cpu_seconds_total /gm)).toHaveLength(1);
  expect(body).toContain(
    `rollerblade_http_request_seconds_count{service="catalog",method="POST",route="/v1/scans/:id",status="200"} 2`,
  );
});
