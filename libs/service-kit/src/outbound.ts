import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { useAgent } from "request-filtering-agent";

/** One request to a host that a person or the settings named. */
export type OutboundRequest = {
  readonly url: URL;
  readonly method: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a POST; whoever sends one follows no redirects. */
  readonly body?: string | undefined;
  /** Redirects that are followed; with 0 they are answered as they are. @default 3 */
  readonly maxRedirects?: number;
  /** Milliseconds that all of it may take. @default 15000 */
  readonly timeoutMs?: number;
  /** Whether the host may have a private, loopback or link-local address. */
  readonly mayBePrivate: (url: URL) => boolean;
};

/** Its answer, the body of which has {@link maxBodyBytes} at most. */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A request that was not sent, or not followed, because of where it leads. */
export class OutboundRefused extends Error {
  override readonly name = "OutboundRefused";
}

/** Milliseconds that all of a request may take. */
const defaultTimeoutMs = 15_000;

/** Redirects that are followed. */
const defaultMaxRedirects = 3;

/** Bytes of a body that are read; tokens of registries, and what issuers say of themselves, have a few thousand. */
const maxBodyBytes = 64 * 1024;

/**
 * Asks a host of the outside world: by HTTPS, at a public address, which is checked after the name was looked up, with limits on time,
 * size and redirects. Credentials are sent to no other host than the first. All requests to addresses that people name go through here.
 * @throws OutboundRefused for what leads elsewhere; other errors where nobody answers
 */
export const askOutside = async (asked: OutboundRequest): Promise<OutboundAnswer> => {
  const { maxRedirects = defaultMaxRedirects, timeoutMs = defaultTimeoutMs } = asked;
  const signal = AbortSignal.timeout(timeoutMs);
  let { url, headers = {} } = asked;
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const answer = await send({ ...asked, url, headers }, signal);
    const location = answer.headers.location;
    if (maxRedirects === 0 || answer.status < 300 || answer.status >= 400 || location === undefined) return answer;
    if (!URL.canParse(location, url.href)) throw new OutboundRefused(`${url.host} redirects to no address`);
    const next = new URL(location, url.href);
    if (next.origin !== url.origin) {
      const { authorization: _, ...rest } = headers;
      headers = rest;
    }
    url = next;
  }
  throw new OutboundRefused(`${asked.url.host} redirects more than ${maxRedirects} times`);
};

const send = async (
  { url, method, headers = {}, body, mayBePrivate }: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> => {
  const isPrivate = mayBePrivate(url);
  if (url.protocol !== "https:" && !(isPrivate && url.protocol === "http:"))
    throw new OutboundRefused(`${url.host} is to be asked without TLS`);
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const agent = useAgent(url.href, { allowPrivateIPAddress: isPrivate, allowMetaIPAddress: false, keepAlive: false });
  const sent = request(url, { method, headers, agent, signal });
  sent.end(body);
  try {
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer, url) };
  } catch (error) {
    // The agent tells what it refuses by its message alone.
    if (error instanceof Error && /is not allowed/.test(error.message))
      throw new OutboundRefused(`${url.host} has no public address`, { cause: error });
    throw error;
  } finally {
    sent.destroy();
  }
};

const bodyOf = async (answer: AsyncIterable<Uint8Array>, url: URL): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new OutboundRefused(`${url.host} answers with more than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};
