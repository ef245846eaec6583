import { afterAll, beforeAll, expect, test } from "vitest";
import { openObjectStore } from "../index.ts";
import type { ObjectStore } from "../object-store.ts";
import { requireVersitygw, type S3Server, startVersitygw } from "../testing/start-versitygw.ts";

const versitygw = await requireVersitygw();
let server: S3Server;
let store: ObjectStore;

beforeAll(async () => {
  if (versitygw === null) return;
  server = await startVersitygw(versitygw);
  store = openObjectStore(server.url, { publicUrl: "http://127.0.0.1", secret: "unused" });
});
afterAll(() => server?.stop());

test.skipIf(versitygw === null)("a link reads the object, under another name, without any key", async () => {
  await store.put("links/a b+ü.txt", Buffer.from("0123456789"));
  const url = await store.presignGet("links/a b+ü.txt", { filename: "ü.txt", expires: 60 });
  const response = await fetch(url, { headers: { range: "bytes=2-4" } });
  expect([response.status, await response.text()]).toEqual([206, "234"]);
  expect(response.headers.get("content-disposition")).toContain("filename*=UTF-8''%C3%BC.txt");
});

test.skipIf(versitygw === null)("a link puts the object, and only that one", async () => {
  const url = await store.presignPut("links/put", { expires: 60 });
  expect((await fetch(url, { method: "PUT", body: "hello" })).status).toBe(200);
  expect(await store.head("links/put")).toMatchObject({ size: 5 });
  const other = await fetch(url.replace("links/put", "links/other"), { method: "PUT", body: "hello" });
  expect(other.status).toBe(403);
});

test("links carry the server's public name", async () => {
  const address = "s3+http://k:s@127.0.0.1:9/bucket?publicEndpoint=https://files.example.org";
  const link = await openObjectStore(address, { publicUrl: "", secret: "" }).presignGet("a/b");
  expect(link).toMatch(/^https:\/\/files\.example\.org\/bucket\/a\/b\?/);
});

test.skipIf(versitygw === null)("two servers in one process take turns, each with its own secret", async () => {
  const second = await startVersitygw(versitygw ?? "");
  const stores = [store, openObjectStore(second.url, { publicUrl: "http://127.0.0.1", secret: "unused" })];
  for (const [turn, one] of [...stores, ...stores].entries()) {
    await one.put(`turns/${turn}`, Buffer.from(`turn ${turn}`));
    expect(await (await fetch(await one.presignGet(`turns/${turn}`))).text()).toBe(`turn ${turn}`);
  }
  await second.stop();
});
