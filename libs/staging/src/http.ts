import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StagingEnvironment } from "./environment.ts";

/** What a server answered instead of doing what it was asked; `status` is 0 when nobody answered. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

/** Headers that show a Pod's token, read anew each time: the kubelet renews it. */
export const tokenHeaders = async ({
  tokenFile,
}: Pick<StagingEnvironment, "tokenFile">): Promise<Asked["headers"]> => ({
  authorization: `Bearer ${(await readFile(tokenFile, "utf8")).trim()}`,
});

/** What is sent with one request to the scheduler. A body that is a stream is read once, so that such a request is not repeated. */
export type Asked = {
  readonly method: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Readable | string;
};

/** Milliseconds without a byte after which a connection is given up. */
const silence = 60_000;

/**
 * Sends a request. A Pod starts twice for each slice, so only what is needed is loaded: `fetch` takes longer than `node:http`, and an
 * `import()` brings the loader of modules with it, which takes as long as all of Node.
 * @throws Refused
 */
export const send = async (url: string, { method, headers = {}, body }: Asked): Promise<IncomingMessage> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { request } = process.getBuiltinModule(url.startsWith("https:") ? "node:https" : "node:http");
  const sent = request(url, { method, headers }, resolve);
  sent.on("error", reject);
  sent.setTimeout(silence, () => sent.destroy(new Error("nothing came for too long")));
  if (body === undefined || typeof body === "string") sent.end(body);
  else pipeline(body, sent).catch(reject);
  const answer = await promise.catch((cause: unknown) => {
    throw new Refused(0, `${new URL(url).host} does not answer: ${String(cause)}`, { cause });
  });
  const status = answer.statusCode ?? 0;
  if (status >= 300) throw new Refused(status, messageIn(await textOf(answer)) ?? `status ${status}`);
  return answer;
};

/** A whole answer. */
export const textOf = async (answer: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
};

const messageIn = (body: string): string | undefined => {
  try {
    // A problem document (RFC 9457).
    const parsed: { detail?: string } = JSON.parse(body);
    return parsed.detail;
  } catch {
    // S3 answers in XML.
    return /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? (body.trim() || undefined);
  }
};
