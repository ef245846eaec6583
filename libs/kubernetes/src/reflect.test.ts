import type { ServerResponse } from "node:http";
import type { V1Pod } from "@kubernetes/client-node";
import { afterEach, expect, test } from "vitest";
import { connectCluster } from "./cluster-client.ts";
import { ClusterError } from "./cluster-error.ts";
import { type Reflection, reflect } from "./reflect.ts";
import { type ApiServer, type Received, sendJson, startApiServer } from "./testing/api-server.ts";

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const pod = (name: string, version: number) => ({ metadata: { name, resourceVersion: String(version) } });
const list = (version: number, names: readonly string[], next?: string) => ({
  metadata: { resourceVersion: String(version), ...(next !== undefined && { continue: next }) },
  items: names.map((name) => pod(name, version)),
});
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const isWatch = ({ query }: Received): boolean => query.get("watch") === "true";

/** Reflects the Pods of a server whose lists and watches a test answers; what happens is written down as `changed a`. */
const reflectPods = async (
  answers: {
    readonly list: (turn: number, request: Received, response: ServerResponse) => void;
    readonly watch: (turn: number, request: Received, response: ServerResponse) => void;
  },
  options: Partial<Reflection<V1Pod, string>> = {},
): Promise<{
  readonly events: string[];
  readonly errors: unknown[];
  readonly server: ApiServer;
  stop(): Promise<void>;
}> => {
  const turns = { list: 0, watch: 0 };
  const server = await startApiServer((request, response) => {
    const kind = isWatch(request) ? "watch" : "list";
    turns[kind] += 1;
    answers[kind](turns[kind], request, response);
  });
  const client = await connectCluster({ kubeconfig: server.kubeconfig });
  const [events, errors]: [string[], unknown[]] = [[], []];
  const abort = new AbortController();
  const ended = reflect<V1Pod, string>(client, {
    path: "/api/v1/namespaces/analyses/pods",
    digest: ({ metadata }) => metadata?.name ?? null,
    changed: (name) => events.push(`changed ${name}`),
    removed: (name) => events.push(`removed ${name}`),
    listed: (names) => events.push(`listed ${names.join(" ")}`.trim()),
    failed: (error) => errors.push(error),
    signal: abort.signal,
    ...options,
  });
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
  };
  stops.push(
    () => server.stop(),
    () => client.close(),
    stop,
  );
  return { events, errors, server, stop };
};

test("a list is followed by a watch from its version; both are reported", async () => {
  const { events, server } = await reflectPods({
    list: (_, __, response) => sendJson(response, list(7, ["a", "b"])),
    watch: (_, __, response) => {
      response.write(line("MODIFIED", pod("a", 8)) + line("DELETED", pod("b", 9)) + line("ADDED", pod("c", 10)));
    },
  });
  await expect.poll(() => events).toEqual(["listed a b", "changed a", "removed b", "changed c"]);
  const watch = server.received.find(isWatch);
  expect(watch?.query.get("resourceVersion")).toBe("7");
  expect(watch?.query.get("timeoutSeconds")).toBe("240");
  expect(watch?.headers.authorization).toBe("Bearer secret");
});

test("a long list comes in pages, and is reported once", async () => {
  const { events, server } = await reflectPods({
    list: (turn, _, response) => sendJson(response, turn === 1 ? list(7, ["a"], "next") : list(7, ["b"])),
    watch: () => {},
  });
  await expect.poll(() => events).toEqual(["listed a b"]);
  const [first, second] = server.received;
  expect([first?.query.get("limit"), first?.query.get("continue")]).toEqual(["500", null]);
  expect(second?.query.get("continue")).toBe("next");
});

test("a watch that the server ends goes on from the last bookmark", async () => {
  const { events, errors, server } = await reflectPods({
    list: (_, __, response) => sendJson(response, list(7, [])),
    watch: (turn, _, response) => {
      if (turn === 1) response.end(line("ADDED", pod("a", 8)) + line("BOOKMARK", pod("", 50)));
    },
  });
  await expect.poll(() => server.received.filter(isWatch)).toHaveLength(2);
  expect(server.received.filter(isWatch).map(({ query }) => query.get("resourceVersion"))).toEqual(["7", "50"]);
  expect(events).toEqual(["listed", "changed a"]);
  expect(errors).toEqual([]);
});

test.each([
  [
    "as the status of the answer",
    (response: ServerResponse) => sendJson(response, { code: 410, message: "too old" }, 410),
  ],
  [
    "as a line of the watch",
    (response: ServerResponse) => response.end(line("ERROR", { code: 410, message: "too old" })),
  ],
])("410 Gone %s leads to a new list at once, and is not an error", async (_, gone) => {
  const { events, errors } = await reflectPods({
    list: (turn, __, response) => sendJson(response, list(turn * 10, [`list-${turn}`])),
    watch: (turn, __, response) => {
      if (turn === 1) gone(response);
    },
  });
  await expect.poll(() => events).toEqual(["listed list-1", "listed list-2"]);
  expect(errors).toEqual([]);
});

test("a connection that breaks in the middle of a line loses nothing: the watch is taken up from the line before", async () => {
  const { events, errors, server } = await reflectPods({
    list: (_, __, response) => sendJson(response, list(7, [])),
    watch: (turn, _, response) => {
      if (turn > 1) return void response.write(line("ADDED", pod("b", 9)));
      response.write(line("ADDED", pod("a", 8)) + line("ADDED", pod("b", 9)).slice(0, 20), () => response.destroy());
    },
  });
  await expect.poll(() => events).toEqual(["listed", "changed a", "changed b"]);
  expect(server.received.filter(isWatch).map(({ query }) => query.get("resourceVersion"))).toEqual(["7", "8"]);
  expect(errors).toEqual([]);
});

test("a line that is not JSON counts as a broken connection, and is not skipped", async () => {
  const { events } = await reflectPods({
    list: (_, __, response) => sendJson(response, list(7, [])),
    watch: (turn, _, response) => {
      if (turn > 1) return void response.write(line("ADDED", pod("b", 9)));
      response.write(`${line("ADDED", pod("a", 8))}{"type":\n${line("ADDED", pod("lost", 10))}`);
    },
  });
  await expect.poll(() => events).toEqual(["listed", "changed a", "changed b"]);
});

test("a watch without a byte for longer than the server would let it last is begun anew", async () => {
  const { server, errors } = await reflectPods(
    { list: (_, __, response) => sendJson(response, list(7, [])), watch: (_, __, response) => response.flushHeaders() },
    { watchSeconds: 0.05, silenceMs: 50 },
  );
  await expect.poll(() => server.received.filter(isWatch).length).toBeGreaterThan(1);
  expect(errors).toEqual([]);
});

test("a list that is refused is reported, and asked for again", async () => {
  const { events, errors } = await reflectPods({
    list: (turn, _, response) => {
      if (turn === 1) sendJson(response, { reason: "Forbidden", message: "pods is forbidden" }, 403);
      else sendJson(response, list(7, ["a"]));
    },
    watch: () => {},
  });
  await expect.poll(() => events).toEqual(["listed a"]);
  expect(errors).toMatchObject([{ status: 403, reason: "Forbidden", message: "pods is forbidden" }]);
  expect(errors[0]).toBeInstanceOf(ClusterError);
});

test("everything is listed again after a while, for whatever a watch may have missed", async () => {
  const { events } = await reflectPods(
    {
      list: (turn, _, response) => sendJson(response, list(7, [`list-${turn}`])),
      watch: (_, __, response) => response.end(),
    },
    { relistMs: 1 },
  );
  await expect.poll(() => events.slice(0, 2)).toEqual(["listed list-1", "listed list-2"]);
});

test("it ends when its signal aborts, also in the middle of a watch", async () => {
  const { server, events, stop } = await reflectPods({
    list: (_, __, response) => sendJson(response, list(7, [])),
    watch: (_, __, response) => response.flushHeaders(),
  });
  await expect.poll(() => server.received.filter(isWatch)).toHaveLength(1);
  await stop();
  expect(events).toEqual(["listed"]);
});
