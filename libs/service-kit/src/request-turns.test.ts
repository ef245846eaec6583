import { route } from "@rollerblade/client";
import { createLogger } from "@rollerblade/telemetry";
import type { FastifyRequest } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Http } from "./http.ts";
import { createHttp } from "./http-server.ts";
import { implement, listBodyBytes } from "./implement.ts";

const routeAt = (path: `/v1/${string}`) =>
  route({ method: "POST", path, summary: "Works.", body: z.object({ text: z.string() }), response: z.object({}) });

let http: Http;
/** How many of a person are handled, and the most of them at once. */
const running = new Map<string, { now: number; max: number }>();
let gates: PromiseWithResolvers<void>[] = [];

beforeAll(async () => {
  http = await createHttp({ service: "catalog", log: createLogger("catalog", { level: "silent" }) });
  const authenticate = async ({ headers }: FastifyRequest) => ({ name: String(headers.authorization), admin: false });
  const context = { http, name: "catalog" as const, authenticate };
  const work = async ({ principal: { name } }: { principal: { name: string } }) => {
    const one = running.get(name) ?? { now: 0, max: 0 };
    running.set(name, { now: one.now + 1, max: Math.max(one.max, one.now + 1) });
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    const { now, max } = running.get(name) ?? one;
    running.set(name, { now: now - 1, max });
    return {};
  };
  implement(context, routeAt("/v1/expensive"), work, { expensive: true });
  implement(context, routeAt("/v1/ordinary"), work);
  implement(context, routeAt("/v1/list"), work, { bodyLimit: listBodyBytes });
});
afterAll(() => http.close());

const send = (url: string, person: string, text = "") =>
  http.inject({ method: "POST", url, payload: { text }, headers: { authorization: person } });

const open = (person: string): number => running.get(person)?.now ?? 0;

/** Lets everything through until all is answered. */
const finish = async (requests: readonly ReturnType<typeof send>[]): Promise<number[]> => {
  const timer = setInterval(() => {
    for (const gate of gates) gate.resolve();
    gates = [];
  }, 1);
  const answers = await Promise.all(requests);
  clearInterval(timer);
  return answers.map(({ statusCode }) => statusCode);
};

test("expensive requests of one person are handled one at a time, and those of another beside them", async () => {
  const requests = [...Array.from({ length: 5 }, () => send("/v1/expensive", "bob")), send("/v1/expensive", "alice")];
  await expect.poll(() => [open("bob"), open("alice")]).toEqual([1, 1]);
  expect(await finish(requests)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(running.get("bob")?.max).toBe(1);
});

test("too many of one person are refused, and the next ones are not", async () => {
  const requests = Array.from({ length: 20 }, () => send("/v1/expensive", "carol"));
  await expect.poll(() => open("carol")).toBe(1);
  const statuses = await finish(requests);
  expect(statuses.toSorted()).toEqual([...Array.from({ length: 17 }, () => 200), 429, 429, 429]);
  expect(await finish([send("/v1/expensive", "carol")])).toEqual([200]);
});

test("ordinary requests, and those of services on behalf of somebody, wait for nobody", async () => {
  const requests = [
    ...Array.from({ length: 3 }, () => send("/v1/ordinary", "dora")),
    ...Array.from({ length: 3 }, () => send("/v1/expensive", "Bearer header.claims.signature")),
  ];
  await expect.poll(() => [open("dora"), open("Bearer header.claims.signature")]).toEqual([3, 3]);
  await finish(requests);
});

test("a large body takes a turn until it is parsed, so that many are handled beside each other", async () => {
  const requests = Array.from({ length: 3 }, () => send("/v1/list", "emil", "x".repeat(2_000_000)));
  await expect.poll(() => open("emil")).toBe(3);
  expect(await finish(requests)).toEqual([200, 200, 200]);
});

test("a request whose body cannot be read ends its turn", async () => {
  const broken = Array.from({ length: 3 }, () =>
    http.inject({
      method: "POST",
      url: "/v1/expensive",
      payload: "{",
      headers: { authorization: "fred", "content-type": "application/json" },
    }),
  );
  expect((await Promise.all(broken)).map(({ statusCode }) => statusCode)).toEqual([400, 400, 400]);
  expect(await finish([send("/v1/expensive", "fred")])).toEqual([200]);
});

test("a body has 1 MiB, unless its route carries parts of lists", async () => {
  const { statusCode } = await send("/v1/ordinary", "gerd", "x".repeat(1_100_000));
  expect(statusCode).toBe(413);
});
