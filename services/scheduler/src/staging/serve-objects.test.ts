import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { createHttp } from "@rollerblade/service-kit";
import { createLogger } from "@rollerblade/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { objectPath, type PathOwner, type StagedObject } from "./object-path.ts";
import { serveStagedObjects } from "./serve-objects.ts";

const secret = "the-secret-of-links";
const owner: PathOwner = { attempt: "attempt-1", pod: "pod-1" };
let folder: string;
let objects: ObjectStore;
let url: string;
let close: () => Promise<void>;
/** Attempts that run, by the token of their Pod. */
const running = new Map<string, PathOwner>([["token-1", owner]]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "staging-door-"));
  objects = openObjectStore(`file://${folder}`, { publicUrl: "http://localhost", secret });
  const http = await createHttp({ service: "scheduler", log: createLogger("scheduler", { level: "silent" }) });
  serveStagedObjects(
    { http },
    {
      objects,
      secret,
      authorise: async ({ headers }) => {
        const found = running.get((headers.authorization ?? "").replace("Bearer ", ""));
        if (found === undefined) throw new Problem({ code: "unauthenticated", message: "unknown" });
        return found;
      },
    },
  );
  url = await http.listen({ port: 0 });
  close = () => http.close();
  await objects.put("datasets/ds/sub-01/scan", Buffer.from("a scan"));
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true });
});

const scan: StagedObject = { method: "GET", key: "datasets/ds/sub-01/scan", size: null, sha256: null };
const ask = (path: string, { token = "token-1", ...more }: RequestInit & { token?: string } = {}) =>
  fetch(`${url}${path}`, { ...more, headers: { authorization: `Bearer ${token}`, ...more.headers } });

test("a Pod gets what its path names, and nothing by the path of another Pod, attempt, object or verb", async () => {
  const answer = await ask(objectPath(scan, owner, secret));
  expect([answer.status, await answer.text()]).toEqual([200, "a scan"]);
  const paths = [
    objectPath(scan, { ...owner, pod: "pod-2" }, secret),
    objectPath(scan, { ...owner, attempt: "attempt-2" }, secret),
    objectPath({ ...scan, method: "PUT" }, owner, secret),
    objectPath(scan, owner, "another secret"),
    objectPath(scan, owner, secret).replace("sub-01", "sub-02"),
    `${objectPath(scan, owner, secret)}&size=1`,
    objectPath(scan, owner, secret).replace(/&signature.*/, ""),
    "/v1/staging/objects",
  ];
  for (const path of paths) expect((await ask(path)).status, path).toBe(403);
});

test("a path is worth nothing without the token of its Pod, or once its attempt is over", async () => {
  const path = objectPath(scan, owner, secret);
  expect((await fetch(`${url}${path}`)).status).toBe(401);
  running.set("token-2", { attempt: "attempt-2", pod: "pod-2" });
  expect((await ask(path, { token: "token-2" })).status).toBe(403);
  running.delete("token-1");
  expect((await ask(path)).status).toBe(401);
  running.set("token-1", owner);
});

test("an object that is gone is 404, so that the Pod looks in the archive", async () => {
  expect((await ask(objectPath({ ...scan, key: "datasets/ds/gone" }, owner, secret))).status).toBe(404);
});

test("an output is stored when it is what was announced, and not otherwise", async () => {
  const body = "an output";
  const sha256 = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  const output: StagedObject = { method: "PUT", key: "staging/e/a/pod-1/out", size: body.length, sha256 };
  const headers = { "content-type": "application/json" };
  const put = (text: string) => ask(objectPath(output, owner, secret), { method: "PUT", body: text, headers });
  expect((await put("an outpux")).status).toBe(400);
  expect((await put(`${body}, and more`)).status).toBe(400);
  expect(await objects.head(output.key)).toBeNull();
  const answer = await put(body);
  expect([answer.status, await answer.json()]).toEqual([200, { size: body.length, sha256 }]);
  expect(await objects.head(output.key)).toMatchObject({ size: body.length });
});
