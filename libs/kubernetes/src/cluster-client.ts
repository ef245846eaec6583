import { Readable } from "node:stream";
import type {
  AuthenticationV1Api,
  AuthorizationV1Api,
  BatchV1Api,
  ConfigurationOptions,
  CoreV1Api,
  KubeConfig,
} from "@kubernetes/client-node";
import { ClusterError } from "./cluster-error.ts";
import { loadKubeConfig, namespaceOf } from "./kube-config.ts";
import { createTransport } from "./transport.ts";

/** One request by its path, for what has no typed method: watches, logs, the keys of tokens, custom resources of tests. */
export type ClusterRequest = {
  readonly method?: "GET" | "POST" | "DELETE" | "PATCH" | "PUT";
  /** Begins with `/`, for example `/api/v1/namespaces/x/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Type of the body. @default application/json */
  readonly type?: string;
};

/** A request whose answer is read as it comes. */
export type StreamRequest = ClusterRequest & {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which the stream ends with an error. */
  readonly idleTimeoutMs: number;
};

/**
 * A connection to one API server as one user. Whatever fails is a `ClusterError`.
 *
 *     const client = await connectCluster();
 *     const { items } = await client.core.listNamespacedPod({ namespace: client.namespace });
 */
export type ClusterClient = {
  /** The namespace of the current context; in a Pod its own one. */
  readonly namespace: string;
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
  readonly authentication: AuthenticationV1Api;
  readonly authorization: AuthorizationV1Api;
  /** The second argument of a typed `patch…`, which makes it a merge patch (RFC 7396). */
  readonly mergePatch: ConfigurationOptions;
  /** The parsed answer; undefined when it is empty. @throws ClusterError */
  call(request: ClusterRequest): Promise<unknown>;
  /** The answer as it comes. @throws ClusterError */
  stream(request: StreamRequest): Promise<Readable>;
  /** Closes the connections. */
  close(): void;
};

/** Which cluster to connect to, and as whom. */
export type ConnectOptions = {
  /** Path of a kubeconfig. @default what `KUBECONFIG` says, else the service account of this Pod */
  readonly kubeconfig?: string;
  /** A bearer token, in place of the credentials that the kubeconfig has for its user. */
  readonly token?: string;
};

/**
 * Connects to a cluster; nothing is sent before the first request.
 * @throws Problem `invalid` when no cluster is named
 */
export const connectCluster = async ({ kubeconfig, token }: ConnectOptions = {}): Promise<ClusterClient> => {
  const library = await import("./api.ts");
  const config = loadKubeConfig(new library.KubeConfig(), kubeconfig ?? process.env.KUBECONFIG ?? "");
  const cluster = config.getCurrentCluster();
  if (token !== undefined && cluster !== null) config.loadFromClusterAndUser(cluster, { name: "token", token });
  return createClient(library, config);
};

type Library = typeof import("./api.ts");

const createClient = (library: Library, config: KubeConfig): ClusterClient => {
  const server = config.getCurrentCluster()?.server.replace(/\/+$/, "") ?? "";
  const transport = createTransport(config, new library.IsomorphicFetchHttpLibrary());
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(server, {}),
    authMethods: {
      default: {
        getName: () => "kubeconfig",
        applySecurityAuthentication: (context) => transport.authenticate(context),
      },
    },
    httpApi: library.wrapHttpLibrary({ send: (context) => transport.sendShort(context) }),
  });
  const prepare = async ({ method = "GET", path, query = {}, body, type = "application/json" }: ClusterRequest) => {
    const context = new library.RequestContext(`${server}${path}`, library.HttpMethod[method]);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) context.setQueryParam(name, String(value));
    context.setHeaderParam("Accept", "application/json, */*");
    if (body !== undefined) {
      context.setHeaderParam("Content-Type", type);
      context.setBody(JSON.stringify(body));
    }
    await transport.authenticate(context);
    return context;
  };
  return {
    namespace: namespaceOf(config),
    core: new library.CoreV1Api(configuration),
    batch: new library.BatchV1Api(configuration),
    authentication: new library.AuthenticationV1Api(configuration),
    authorization: new library.AuthorizationV1Api(configuration),
    mergePatch: library.setHeaderOptions("Content-Type", library.PatchStrategy.MergePatch),
    async call(request) {
      const { text } = await transport.sendShort(await prepare(request));
      return text === "" ? undefined : JSON.parse(text);
    },
    async stream({ signal, idleTimeoutMs, ...request }) {
      const context = await prepare(request);
      const idle = createIdleTimeout(idleTimeoutMs);
      context.setSignal(signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]));
      try {
        const body = (await transport.send(context)).body.stream();
        return body === null ? Readable.from([]) : Readable.from(idle.watch(body));
      } catch (error) {
        idle.stop();
        throw error;
      }
    },
    close: transport.close,
  };
};

/** Aborts when nothing comes for too long. */
const createIdleTimeout = (ms: number) => {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new ClusterError(0, "", `the API server was silent for ${ms / 1000} s`)),
    ms,
  ).unref();
  const stop = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    stop,
    async *watch(body: AsyncIterable<Uint8Array>) {
      try {
        for await (const chunk of body) {
          timer.refresh();
          yield chunk;
        }
      } catch (error) {
        throw error instanceof ClusterError
          ? error
          : ClusterError.unanswered("the API server's answer broke off", error);
      } finally {
        stop();
      }
    },
  };
};
