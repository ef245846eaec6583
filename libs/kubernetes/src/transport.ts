import type { HttpLibrary, KubeConfig, RequestContext, ResponseContext } from "@kubernetes/client-node";
import pLimit from "p-limit";
import { ClusterError } from "./cluster-error.ts";

/** Sends requests to one API server, as one user. */
export type Transport = {
  /** Signs the request, as `KubeConfig` says. */
  authenticate(context: RequestContext): Promise<void>;
  /** Sends a signed request and resolves when the headers of the answer are here. @throws ClusterError */
  send(context: RequestContext): Promise<ResponseContext>;
  /** The same, one of at most 32 at once; resolves when all of the answer is here, which must be within 30 seconds. */
  sendShort(context: RequestContext): Promise<ResponseContext & { readonly text: string }>;
  /** Closes the connections. */
  close(): void;
};

/** Requests that wait for their answer at once; watches and logs are not counted. The API server limits clients by fairness queues. */
const maxRequests = 32;

/** Milliseconds that one short request may take. */
const timeoutMs = 30_000;

/** Milliseconds for which connections are kept before certificates and proxies are looked up again. */
const maxDispatcherAgeMs = 300_000;

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

/**
 * Creates the transport of a kubeconfig. `KubeConfig` makes a new pool of connections for every request, so each one would need a
 * TLS handshake of its own: one pool is kept for five minutes instead, after which a renewed certificate counts.
 */
export const createTransport = (config: KubeConfig, http: HttpLibrary): Transport => {
  const limit = pLimit(maxRequests);
  let kept: { readonly dispatcher: Dispatcher; readonly until: number } | undefined;

  const keep = (fresh: Dispatcher): Dispatcher => {
    if (kept !== undefined && kept.until > performance.now()) return kept.dispatcher;
    // Ends when the requests that are under way have ended.
    kept?.dispatcher.close().catch(() => {});
    kept = { dispatcher: withoutTimeouts(fresh), until: performance.now() + maxDispatcherAgeMs };
    return kept.dispatcher;
  };
  const send = async (context: RequestContext): Promise<ResponseContext> => {
    const answer = await http
      .send(context)
      .toPromise()
      .catch((error: unknown) => {
        throw ClusterError.unanswered("the API server does not answer", error);
      });
    if (answer.httpStatusCode < 400) return answer;
    throw ClusterError.fromAnswer(answer.httpStatusCode, await answer.body.text().catch(() => ""));
  };
  return {
    async authenticate(context) {
      await config.applySecurityAuthentication(context);
      const fresh = context.getDispatcher();
      if (fresh !== undefined) context.setDispatcher(keep(fresh));
    },
    send,
    sendShort: (context) =>
      limit(async () => {
        context.setSignal(AbortSignal.timeout(timeoutMs));
        const answer = await send(context);
        const text = await answer.body.text().catch((error: unknown) => {
          throw ClusterError.unanswered("the API server's answer broke off", error);
        });
        // Read once here, so that what breaks off is our error too; the typed API reads it again.
        const body = { ...answer.body, text: async () => text };
        return Object.assign(answer, { body, text });
      }),
    close() {
      kept?.dispatcher.destroy().catch(() => {});
      kept = undefined;
    },
  };
};

/** Undici ends a body that is silent for five minutes, which a log may well be; whoever reads a stream sets a time himself. */
const withoutTimeouts = (dispatcher: Dispatcher): Dispatcher =>
  dispatcher.compose((dispatch) => (options, handler) => dispatch({ ...options, bodyTimeout: 0 }, handler));
