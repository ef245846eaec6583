import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { type ClusterClient, connectCluster } from "./cluster-client.ts";
import { hasStatus } from "./cluster-error.ts";
import { type Answer, type ApiServer, sendJson, startApiServer } from "./testing/api-server.ts";

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const connect = async (answer: Answer): Promise<{ client: ClusterClient; server: ApiServer }> => {
  const server = await startApiServer(answer);
  const client = await connectCluster({ kubeconfig: server.kubeconfig });
  stops.push(
    () => server.stop(),
    () => client.close(),
  );
  return { client, server };
};

test("the typed API is spoken to as the kubeconfig says, and times come as dates", async () => {
  const { client, server } = await connect((_, response) =>
    sendJson(response, { items: [{ metadata: { name: "a", creationTimestamp: "2026-01-02T03:04:05Z" } }] }),
  );
  const { items } = await client.core.listNamespacedPod({ namespace: client.namespace, labelSelector: "x=y" });
  expect(items[0]?.metadata?.creationTimestamp).toEqual(new Date("2026-01-02T03:04:05Z"));
  expect(server.received).toMatchObject([{ method: "GET", path: "/api/v1/namespaces/analyses/pods" }]);
  expect(server.received[0]?.query.get("labelSelector")).toBe("x=y");
  expect(server.received[0]?.headers.authorization).toBe("Bearer secret");
});

test("requests share connections, one after the other", async () => {
  const { client, server } = await connect((_, response) => sendJson(response, { items: [] }));
  for (let turn = 0; turn < 20; turn++) await client.core.listNamespacedPod({ namespace: "x" });
  // The second one is opened when a request begins before the connection of the one before is free again.
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test("at most 32 requests wait for their answers at once", async () => {
  let [open, most] = [0, 0];
  const { client } = await connect((_, response) => {
    open += 1;
    most = Math.max(most, open);
    setImmediate(() => {
      open -= 1;
      sendJson(response, {});
    });
  });
  await Promise.all(Array.from({ length: 200 }, () => client.call({ path: "/version" })));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(32);
});

test("a refusal has the status, the reason and the sentence of the API server, in the typed API too", async () => {
  const refusal = { kind: "Status", reason: "AlreadyExists", message: 'jobs.batch "a" already exists', code: 409 };
  const { client } = await connect((_, response) => sendJson(response, refusal, 409));
  const error = await client.batch.createNamespacedJob({ namespace: "x", body: {} }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 409, reason: "AlreadyExists", message: refusal.message, passing: false });
  expect(hasStatus(error, 404, 409)).toBe(true);
});

test("what a proxy in between says is reported as it is", async () => {
  const { client } = await connect((_, response) => response.writeHead(503).end("upstream is away\n"));
  await expect(client.call({ path: "/version" })).rejects.toMatchObject({
    status: 503,
    reason: "",
    message: "upstream is away",
    passing: true,
  });
});

test("a connection that is refused may pass, and says what happened", async () => {
  const { client, server } = await connect(() => {});
  await server.stop();
  stops.splice(0, 1);
  await expect(client.core.listNamespacedPod({ namespace: "x" })).rejects.toMatchObject({
    status: 0,
    passing: true,
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("an answer that breaks off may pass, in the typed API too", async () => {
  const { client } = await connect((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    response.write('{"items":', () => response.destroy());
  });
  await expect(client.core.listNamespacedPod({ namespace: "x" })).rejects.toMatchObject({ status: 0, passing: true });
});

test("a merge patch is sent as one", async () => {
  const { client, server } = await connect((_, response) => sendJson(response, {}));
  const body = { metadata: { annotations: { a: "b" } } };
  await client.core.patchNamespacedConfigMap({ namespace: "x", name: "c", body }, client.mergePatch);
  expect(server.received).toMatchObject([
    { method: "PATCH", headers: { "content-type": "application/merge-patch+json" }, body: JSON.stringify(body) },
  ]);
});

test("a stream comes as it is sent, and a refusal of it is an error before its first byte", async () => {
  const { client } = await connect(({ path }, response) => {
    if (path === "/none") return sendJson(response, { reason: "BadRequest", message: "container is waiting" }, 400);
    response.write("one\n");
    setImmediate(() => response.end("two\n"));
  });
  expect(await text(await client.stream({ path: "/log", idleTimeoutMs: 10_000 }))).toBe("one\ntwo\n");
  await expect(client.stream({ path: "/none", idleTimeoutMs: 10_000 })).rejects.toMatchObject({
    status: 400,
    message: "container is waiting",
  });
});

test("a stream that is silent for too long ends with an error that may pass", async () => {
  const { client } = await connect((_, response) => void response.write("one\n"));
  const stream = await client.stream({ path: "/log", idleTimeoutMs: 50 });
  await expect(text(stream)).rejects.toMatchObject({ status: 0, passing: true });
});

test("a token takes the place of the kubeconfig's user", async () => {
  const server = await startApiServer((_, response) => sendJson(response, {}));
  const client = await connectCluster({ kubeconfig: server.kubeconfig, token: "other" });
  stops.push(
    () => server.stop(),
    () => client.close(),
  );
  await client.call({ path: "/version" });
  expect(server.received[0]?.headers.authorization).toBe("Bearer other");
});

test.each([
  ["there is none", "/nowhere/config", "cannot be used as a kubeconfig"],
  ["nothing says where to connect to", "", "There is no cluster to connect to."],
])("a kubeconfig is needed: %s", async (_, kubeconfig, message) => {
  await expect(connectCluster({ kubeconfig })).rejects.toMatchObject({
    code: "invalid",
    subject: "KUBECONFIG",
    message: expect.stringContaining(message),
  });
});
