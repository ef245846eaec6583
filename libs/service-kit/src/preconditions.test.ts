import { type ChangeConditions, createHttpClient, readTagged, route } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { createLogger } from "@rollerblade/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Http } from "./http.ts";
import { createHttp } from "./http-server.ts";
import { type Handled, implement } from "./implement.ts";
import type { Principal } from "./principal.ts";

const params = z.object({ name: z.string() });
const note = z.object({ name: z.string(), text: z.string() });
const show = route({ method: "GET", path: "/v1/notes/:name", summary: "A note.", params, response: note });
const write = route({
  method: "PUT",
  path: "/v1/notes/:name",
  summary: "Write a note.",
  params,
  body: z.object({ text: z.string() }),
  response: note,
});
const remove = route({
  method: "DELETE",
  path: "/v1/notes/:name",
  summary: "Forget.",
  params,
  response: z.undefined(),
});

const notes = new Map<string, string>();
let http: Http;
let url: string;

const current = async ({ params: { name } }: Pick<Handled<typeof params, z.ZodType, z.ZodType>, "params">) => {
  const text = notes.get(name);
  if (text === undefined) throw new Problem({ code: "not-found", message: "There is no such note." });
  return { name, text };
};

/** One change after the other, as the lock of the database does it over all replicas. */
const exclusively = (() => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(_: string, work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
})();

beforeAll(async () => {
  http = await createHttp({ service: "catalog", log: createLogger("catalog", { level: "silent" }) });
  const authenticate = async (): Promise<Principal> => ({ name: "ada", admin: false });
  const context = { http, name: "catalog" as const, authenticate };
  const precondition = { exclusively, read: show, current };
  implement(context, show, current);
  implement(
    context,
    write,
    async ({ params: { name }, body: { text } }) => {
      // Whoever writes without being alone loses the change of somebody else meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      notes.set(name, text);
      return { name, text };
    },
    { precondition },
  );
  implement(
    context,
    remove,
    ({ params: { name } }) => {
      notes.delete(name);
      return undefined;
    },
    { precondition },
  );
  url = await http.listen({ host: "127.0.0.1", port: 0 });
});

afterAll(() => http.close());

const client = () => createHttpClient({ url });
const put = (text: string, conditions: ChangeConditions) =>
  client()
    .call(write, { params: { name: "a" }, body: { text } }, conditions)
    .then(
      () => "written",
      (error: unknown) => (error instanceof Problem ? error.code : "failed"),
    );

test("a read names its answer, and does not send it again to who has it", async () => {
  notes.set("a", "one");
  const first = await readTagged(client(), show, { params: { name: "a" } });
  expect(first?.value).toEqual({ name: "a", text: "one" });
  expect(await readTagged(client(), show, { params: { name: "a" } }, first?.etag)).toBeNull();
  expect(await readTagged(client(), show, { params: { name: "a" } }, `W/"x", W/${first?.etag}`)).toBeNull();
  const answer = await fetch(`${url}/v1/notes/a`, { headers: { "if-none-match": first?.etag ?? "" } });
  expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", first?.etag]);
  notes.set("a", "two");
  expect((await readTagged(client(), show, { params: { name: "a" } }, first?.etag))?.value.text).toBe("two");
});

test("of two changes to what both have read, one is made", async () => {
  notes.set("a", "one");
  const etag = (await readTagged(client(), show, { params: { name: "a" } }))?.etag ?? "";
  const made = await Promise.all([put("mine", { ifMatch: etag }), put("yours", { ifMatch: etag })]);
  expect(made.toSorted()).toEqual(["precondition-failed", "written"]);
});

test("a change without a condition counts for who has one", async () => {
  notes.set("a", "one");
  const etag = (await readTagged(client(), show, { params: { name: "a" } }))?.etag ?? "";
  const made = await Promise.all([put("theirs", {}), put("mine", { ifMatch: etag })]);
  expect(made).toEqual(["written", "precondition-failed"]);
});

test("what a change answers is what the next one is compared with", async () => {
  const answer = await fetch(`${url}/v1/notes/a`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "new" }),
  });
  expect(answer.headers.get("etag")).toBe((await readTagged(client(), show, { params: { name: "a" } }))?.etag);
});

test("what is there is not made anew, and what is gone is neither changed nor removed", async () => {
  notes.clear();
  expect(await put("first", { ifMatch: "*" })).toBe("precondition-failed");
  expect(await put("first", { ifNoneMatch: "*" })).toBe("written");
  expect(await put("second", { ifNoneMatch: "*" })).toBe("precondition-failed");
  const odd = await fetch(`${url}/v1/notes/a`, {
    method: "PUT",
    headers: { "content-type": "application/json", "if-none-match": '"x"' },
    body: JSON.stringify({ text: "odd" }),
  });
  expect([odd.status, notes.get("a")]).toEqual([400, "first"]);
  const stale = client().call(remove, { params: { name: "a" } }, { ifMatch: '"old"' });
  await expect(stale).rejects.toMatchObject({ code: "precondition-failed", subject: "If-Match" });
  await client().call(remove, { params: { name: "a" } }, { ifMatch: "*" });
  expect(notes.size).toBe(0);
});

test("the document declares what may be sent and answered", () => {
  const { paths = {} } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))) })
    .parse(http.swagger());
  const operations = paths["/v1/notes/{name}"] ?? {};
  const headersOf = (method: string) =>
    z
      .array(z.object({ in: z.string(), name: z.string() }))
      .parse(operations[method]?.parameters)
      .flatMap((one) => (one.in === "header" ? [one.name] : []));
  expect(headersOf("get")).toEqual(["if-none-match"]);
  expect(headersOf("put")).toEqual(["if-match", "if-none-match", "idempotency-key"]);
  expect(headersOf("delete")).toEqual(["if-match", "idempotency-key"]);
  expect(Object.keys(Object(operations.get?.responses))).toEqual(expect.arrayContaining(["200", "304"]));
  expect(Object.keys(Object(operations.put?.responses))).toEqual(expect.arrayContaining(["200", "412", "422"]));
});
