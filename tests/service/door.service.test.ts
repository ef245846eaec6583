import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import {
  accountsRoutes,
  catalogRoutes,
  createHttpClient,
  type HttpClient,
  ingestRoutes,
  schedulerRoutes,
} from "@rollerblade/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "./services-world.ts";

let world: ServicesWorld;
let admin: HttpClient;
let bob: HttpClient;
let url: string;

beforeAll(async () => {
  world = await startServicesWorld([catalog, ingest, pipelineRouter, scheduler, tagger, gateway], {
    accounts: { namesPerPerson: 3 },
    gateway: { requestsPerSecond: 100_000 },
    ingest: { stagedBytesPerPerson: 3_000, fileBytes: 2_000 },
    catalog: { queriesPerPerson: 1 },
  });
  url = world.url("gateway");
  admin = world.admin("gateway");
  bob = await world.addPerson("bob", "gateway");
});
afterAll(() => world.stop());

/** What is needed of a JSON Schema to make a value that it accepts. */
type Schema = z.output<typeof schema>;
const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string()).transform(([first = ""]) => first)]).optional(),
  format: z.string().optional(),
  enum: z.array(z.json()).optional(),
  required: z.array(z.string()).default([]),
  get anyOf() {
    return z.array(schema).optional();
  },
  get properties() {
    return z.record(z.string(), schema).default({});
  },
});
const operation = z.looseObject({
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.enum(["path", "query", "header", "cookie"]) }))
    .default([]),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schema.optional() })) })
    .optional(),
});
const methods = ["get", "put", "post", "patch", "delete"] as const;
const openApi = z.looseObject({
  paths: z.record(z.string(), z.partialRecord(z.enum(methods), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), schema) }),
});

type Attempt = { readonly method: string; readonly path: string; readonly body?: string };

/** Texts that no handler foresaw: NUL, what is not a cursor, id or number, another script, half a pair, very many letters. */
const oddTexts = ["\0", "x", "-1", "1e999", "../..", "'; --", "\ud800", "é🧠", "a".repeat(3_000)];

const oddValues = [...oddTexts, -1, 1e308, null, true, [], {}, ["\0"], { a: { b: "\0" } }];

const deep = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;

/** Every way to ask an operation for something odd: in one place with the others as they could be, and everywhere. */
const attemptsAt = (
  schemas: Schemas,
  path: string,
  method: string,
  { parameters, requestBody }: z.output<typeof operation>,
): Attempt[] => {
  const asked = (change: Readonly<Record<string, string>>, body?: string): Attempt => {
    const query = new URLSearchParams();
    let at = path;
    for (const { name, in: where } of parameters) {
      const value = change[name];
      if (where === "path") at = at.replace(`{${name}}`, encode(value ?? "none"));
      else if (where === "query" && value !== undefined) query.set(name, value.toWellFormed());
    }
    return {
      method: method.toUpperCase(),
      path: query.size > 0 ? `${at}?${query}` : at,
      ...(body !== undefined && { body }),
    };
  };
  const declared = requestBody?.content["application/json"]?.schema;
  const body = declared && resolved(schemas, declared);
  const fields = Object.keys(body?.properties ?? {});
  const usual = body === undefined ? {} : z.record(z.string(), z.json()).parse(exampleOf(schemas, body));
  const inParameters = parameters.flatMap(({ name }) => oddTexts.map((text) => asked({ [name]: text }, body && "{}")));
  if (body === undefined) return [asked({}), ...inParameters];
  const inBody = fields.flatMap((name) =>
    oddValues.map((value) => asked({}, JSON.stringify({ ...usual, [name]: value }))),
  );
  const everywhere = oddValues.map((value) =>
    asked({}, JSON.stringify(Object.fromEntries(fields.map((name) => [name, value])))),
  );
  const whole = ["", "{", "null", "[]", '"x"', "1", deep, '{"__proto__": {}}'].map((text) => asked({}, text));
  return [asked({}, JSON.stringify(usual)), ...inParameters, ...inBody, ...everywhere, ...whole];
};

type Schemas = Readonly<Record<string, Schema>>;

const resolved = (schemas: Schemas, one: Schema): Schema =>
  one.$ref === undefined ? one : (schemas[one.$ref.replace("#/components/schemas/", "")] ?? one);

/** A value that a schema accepts, more or less: what is required, and nothing else. */
const exampleOf = (schemas: Schemas, declared: Schema): z.core.util.JSONType => {
  const one = resolved(schemas, declared);
  const [choice] = one.anyOf ?? [];
  if (choice !== undefined) return exampleOf(schemas, choice);
  if (one.enum !== undefined) return one.enum[0] ?? null;
  switch (one.type) {
    case "string":
      return one.format === "uuid" ? "0199f0a2-0000-7000-8000-000000000000" : "x";
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [];
    default:
      return Object.fromEntries(
        one.required.flatMap((name) => {
          const property = one.properties[name];
          return property === undefined ? [] : [[name, exampleOf(schemas, property)]];
        }),
      );
  }
};

/** Also what is not a text at all in UTF-8. */
const encode = (text: string): string => (text.isWellFormed() ? encodeURIComponent(text) : "%ED%A0%80");

const ask = async ({ method, path, body }: Attempt, token: string): Promise<number> => {
  const end = new AbortController();
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body }),
    signal: end.signal,
  });
  const { status } = answer;
  // A live view has no end.
  await (answer.headers.get("content-type")?.startsWith("text/event-stream") ? answer.body?.cancel() : answer.text());
  return status;
};

test("no request, whatever it holds, is answered with a failure of the server", { timeout: 300_000 }, async () => {
  const document = openApi.parse(await (await fetch(`${url}/openapi.json`)).json());
  const attempts = Object.entries(document.paths).flatMap(([path, operations]) =>
    methods.flatMap((method) => {
      const found = operations[method];
      return found === undefined ? [] : attemptsAt(document.components.schemas, path, method, found);
    }),
  );
  expect(attempts.length).toBeGreaterThan(1_000);
  const failed: string[] = [];
  const next = attempts.values();
  const ends = Array.from({ length: 4 }, async () => {
    for (const attempt of next) {
      const status = await ask(attempt, world.adminToken).catch((error: Error) => String(error.cause ?? error));
      if (typeof status === "string" || status >= 500)
        failed.push(`${status} ${attempt.method} ${attempt.path.slice(0, 200)} ${attempt.body?.slice(0, 200) ?? ""}`);
    }
  });
  await Promise.all(ends);
  console.info(`${attempts.length} requests, ${failed.length} failures of the server`);
  expect(failed).toEqual([]);
});

test("a connection on which a body was refused while it was on its way takes the rest of it and the next request", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Sends the end of a body only once the answer is there. */
  const send = (method: string, path: string, token: string, body: readonly string[] = []): Promise<string> =>
    new Promise((resolve, reject) => {
      const length = body.reduce((sum, part) => sum + part.length, 0);
      const headers = {
        authorization: `Bearer ${token}`,
        ...(length > 0 && { "content-type": "application/json", "content-length": length }),
      };
      const asked = request(`${url}${path}`, { agent, method, headers }, (answer) => {
        answer.resume().once("end", () => {
          asked.end(body[1] ?? "");
          resolve(`${method} ${answer.statusCode}${asked.reusedSocket ? " on the same connection" : ""}`);
        });
      });
      asked.once("error", reject);
      if (body.length === 0) asked.end();
      else asked.write(body[0]);
    });
  const large = [`{"expression": "${"x".repeat(600_000)}`, `${"x".repeat(600_000)}"}`];
  const seen = [await send("GET", "/v1/me", world.adminToken)];
  for (let round = 0; round < 3; round += 1) {
    seen.push(await send("POST", "/v1/queries/run", world.adminToken, large));
    seen.push(await send("GET", "/v1/me", world.adminToken));
    seen.push(await send("POST", "/v1/queries/run", "of-nobody", large));
  }
  agent.destroy();
  expect([...new Set(seen.slice(1))]).toEqual([
    "POST 413 on the same connection",
    "GET 200 on the same connection",
    "POST 401 on the same connection",
  ]);
});

test("a person owns so many names and no more, and others are not held up", async () => {
  const claim = (name: string) =>
    bob.call(accountsRoutes.claimResource, { params: { kind: "query", name } }).then(
      () => "claimed",
      ({ code }: { code: string }) => code,
    );
  const outcomes = await Promise.all(["a1", "a2", "a3", "a4", "a5"].map(claim));
  expect(outcomes.sort()).toEqual(["claimed", "claimed", "claimed", "too-many-requests", "too-many-requests"]);
  await admin.call(accountsRoutes.claimResource, { params: { kind: "query", name: "of-the-admin" } });
});

test("a person stages so many bytes and no more, and no file is larger than a file may be", async () => {
  const carol = await world.addPerson("carol", "gateway");
  const { id } = await carol.call(ingestRoutes.beginImport, { body: { dataset: "carols" } });
  const put = async (size: number, letter: string) => {
    const bytes = Buffer.alloc(size, letter);
    const sha256 = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const files = [{ path: `sub-${letter}/anat/sub-${letter}_T1w.nii.gz`, size, sha256 }];
    await carol.call(ingestRoutes.addManifest, { params: { import: id }, body: { files } });
    return carol
      .raw(`/v1/imports/${id}/objects/${sha256}`, {
        method: "PUT",
        body: bytes,
        headers: { "content-type": "application/octet-stream" },
      })
      .then(
        ({ status }) => status,
        ({ code }: { code: string }) => code,
      );
  };
  expect(await put(2_001, "a")).toBe("too-large");
  expect(await put(2_000, "b")).toBe(200);
  expect(await put(1_001, "c")).toBe("too-many-requests");
  expect(await put(1_000, "d")).toBe(200);
});

test("one person's heavy questions wait for each other, and another's does not wait for them", async () => {
  const dora = createHttpClient({ url, token: await tokenOf("dora") });
  const heavy = () =>
    fetch(`${url}/v1/queries/run`, {
      method: "POST",
      headers: { authorization: `Bearer ${bobToken}`, "content-type": "application/json" },
      body: JSON.stringify({ expression: 'scan.suffix == "T1w"', count: true }),
    }).then(({ status }) => status);
  const bobToken = await tokenOf("eve");
  const many = await Promise.all([
    ...Array.from({ length: 40 }, heavy),
    dora.call(catalogRoutes.runQuery, { body: { expression: "true" } }).then(() => 1),
  ]);
  expect(new Set(many)).toEqual(new Set([200, 429, 1]));
});

const tokenOf = async (user: string): Promise<string> => {
  await admin.call(accountsRoutes.createUser, { body: { name: user } });
  return (await admin.call(accountsRoutes.createToken, { body: { user, label: "test" } })).token;
};

test("one person's manifest breaks no other's", async () => {
  const manifest = (name: string, parameters: object) =>
    JSON.stringify({
      ...{
        name,
        version: "1.0.0",
        image: `registry.example.org/x@sha256:${"0".repeat(64)}`,
        level: "scan",
        parameters,
      },
      inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
      outputs: { mask: { name: "{entities}_desc-brain_mask.nii.gz" } },
    });
  const hostile = manifest("poison", { $id: "http://json-schema.org/draft-07/schema", type: "object", properties: {} });
  await expect(admin.call(schedulerRoutes.createAnalysis, { body: { manifest: hostile } })).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("parameters.$id"),
  });
  const good = manifest("good", { properties: { note: { type: "string" } } });
  await expect(admin.call(schedulerRoutes.createAnalysis, { body: { manifest: good } })).resolves.toMatchObject({
    name: "good",
  });
});
