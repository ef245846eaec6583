import { type IncomingMessage, Agent as PlainAgent, request as plainRequest, type RequestOptions } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { ClusterAddress } from "./cluster-address.ts";
import { ClusterError } from "./cluster-error.ts";

/** One request; the path begins with `/api`. */
export type ClusterRequest = {
  readonly method?: "GET" | "POST" | "DELETE" | "PATCH" | "PUT";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Type of the body. @default application/json */
  readonly type?: string;
  readonly signal?: AbortSignal | undefined;
  /** Longest time without a byte, in milliseconds. @default 30000 */
  readonly silence?: number;
};

/** Speaks to one API server, as one user. */
export type ClusterClient = {
  /** The namespace that we run in. */
  readonly namespace: string;
  /** The parsed answer. @throws ClusterError */
  call(request: ClusterRequest): Promise<unknown>;
  /** The answer as it comes: watches and logs. @throws ClusterError */
  stream(request: ClusterRequest): Promise<IncomingMessage>;
  /** Closes idle connections. */
  close(): void;
};

/** Connections to the API server at once, watches not included. */
const connections = 32;

/** A client; nothing is sent before the first call. */
export const createClusterClient = (address: ClusterAddress): ClusterClient => {
  const base = new URL(address.server);
  const tls = base.protocol === "https:";
  const { ca, cert, key, insecure } = address;
  const options = { keepAlive: true, maxSockets: connections };
  const agentOf = (): PlainAgent | TlsAgent =>
    tls ? new TlsAgent({ ...options, ca, cert, key, rejectUnauthorized: !insecure }) : new PlainAgent(options);
  // Watches hold their connections for minutes, and must never wait behind one another or be waited for.
  const [agent, watching] = [agentOf(), agentOf()];
  watching.maxSockets = Number.POSITIVE_INFINITY;

  const send = async (asked: ClusterRequest, through: PlainAgent | TlsAgent): Promise<IncomingMessage> => {
    const token = address.token();
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const request: RequestOptions = {
      agent: through,
      host: base.hostname.replace(/^\[|\]$/g, ""),
      port: base.port === "" ? (tls ? 443 : 80) : base.port,
      path: base.pathname.replace(/\/$/, "") + pathOf(asked),
      method: asked.method ?? "GET",
      headers: {
        accept: "application/json, */*",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { "content-type": asked.type ?? "application/json", "content-length": Buffer.byteLength(body) }),
      },
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = (tls ? tlsRequest : plainRequest)(request, resolve);
    sent.on("error", reject);
    sent.setTimeout(asked.silence ?? 30_000, () => sent.destroy(new Error("the API server said nothing for too long")));
    sent.end(body);
    const answer = await promise.catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ClusterError(0, "", `the API server does not answer: ${why}`, { cause });
    });
    if ((answer.statusCode ?? 0) >= 400) throw await refusal(answer);
    return answer;
  };
  return {
    namespace: address.namespace,
    async call(asked) {
      const answer = await send(asked, agent);
      const body = await text(answer).catch((cause: unknown) => {
        throw new ClusterError(0, "", "the API server's answer broke off", { cause });
      });
      return body === "" ? undefined : JSON.parse(body);
    },
    stream: (asked) => send(asked, watching),
    close() {
      agent.destroy();
      watching.destroy();
    },
  };
};

const pathOf = ({ path, query = {} }: ClusterRequest): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
};

/** The API answers with a `Status` object; what stands before it may answer with anything. */
const refusal = async (answer: IncomingMessage): Promise<ClusterError> => {
  const body = await text(answer).catch(() => "");
  const status = answer.statusCode ?? 0;
  try {
    const parsed: { reason?: unknown; message?: unknown } = JSON.parse(body);
    return new ClusterError(status, String(parsed.reason ?? ""), String(parsed.message ?? body));
  } catch {
    return new ClusterError(status, "", body.trim() || `status ${status}`);
  }
};
