import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A request that the server received. */
export type Received = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

/** What answers a request; nothing is sent for it otherwise. */
export type Answer = (request: Received, response: ServerResponse) => void;

/** An HTTP server in the place of an API server, whose every answer a test decides on, byte by byte. */
export type ApiServer = {
  /** Path of a kubeconfig for it. */
  readonly kubeconfig: string;
  /** Everything that was received, in its order. */
  readonly received: readonly Received[];
  /** Connections that were opened so far. */
  connections(): number;
  stop(): Promise<void>;
};

/** Starts the server on a free port of this machine. */
export const startApiServer = async (answer: Answer): Promise<ApiServer> => {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const { method = "", headers } = request;
      const one = { method, path: url.pathname, query: url.searchParams, headers, body };
      received.push(one);
      answer(one, response);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-kubeconfig-"));
  const kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, kubeconfigOf(`http://127.0.0.1:${port}`));
  return {
    kubeconfig,
    received,
    connections: () => connections,
    async stop() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
};

/** The client refuses plain HTTP without `insecure-skip-tls-verify`. */
const kubeconfigOf = (server: string): string => `
apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: test, namespace: analyses}}]
clusters: [{name: test, cluster: {server: "${server}", insecure-skip-tls-verify: true}}]
users: [{name: test, user: {token: secret}}]
`;

/** Sends JSON. */
export const sendJson = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};
