import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { FastifyRequest } from "fastify";
import type { Http } from "./http.ts";

/** How long the body of a request may take; Node limits the time of headers only where bodies may be large. */
export type BodyTimes = {
  /** Milliseconds in which a body of JSON must be there, beside those that its size takes at {@link bytesPerMs}. */
  readonly jsonMs: number;
  /** Milliseconds in which at least {@link minBytes} must come of a body that is read as a stream, as long as its reader takes them. */
  readonly stallMs: number;
  /** Milliseconds for which a body that nobody wants any more is still taken, so that its sender reads the answer. */
  readonly lingerMs: number;
};

const defaultBodyTimes: BodyTimes = { jsonMs: 30_000, stallMs: 30_000, lingerMs: 2_000 };

/** The slowest line that JSON may come by: half a Mbit/s. */
const bytesPerMs = 64;

/** The size that a body without `Content-Length` may have; see `bodyLimit` of the server. */
const unknownLength = 16 * 1024 * 1024;

/** Bytes that make progress: what one TCP segment carries. */
const minBytes = 1_024;

/**
 * Ends requests whose body does not come: `408` while nothing was answered yet. A body that goes on after its request was answered (it was
 * refused) is thrown away for a moment, then the connection is closed. A client that asks whether to send its body at all (`Expect:
 * 100-continue`) is answered once the request has passed everything that goes before its body, so that a refused one sends none.
 */
export const limitBodies = (http: Http, times: BodyTimes = defaultBodyTimes): void => {
  const asking = new WeakSet<IncomingMessage>();
  http.server.on("checkContinue", (request, response) => {
    asking.add(request);
    http.server.emit("request", request, response);
  });
  http.addHook("onRequest", async (request) => {
    if (hasBody(request)) watchBody(request, times);
  });
  http.addHook("preParsing", async (request, reply, payload) => {
    if (asking.delete(request.raw)) reply.raw.writeContinue();
    return payload;
  });
  http.addHook("onSend", async ({ raw }, reply) => {
    // Fastify closes the connection of a body that is too large at once, and the gateway that of one whose service has answered before its
    // end: the sender would see a broken pipe instead of the answer.
    if (reply.statusCode === 413 || raw.complete === false) reply.removeHeader("connection");
  });
  http.addHook("onResponse", async ({ raw }) => {
    const { socket } = raw;
    if (raw.complete !== false || !(socket instanceof Socket)) return;
    raw.resume();
    setTimeout(() => raw.complete || socket.destroy(), times.lingerMs).unref();
  });
};

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Until when the body must be there; what is not JSON is a stream, and only has to go on. */
const deadlineOf = ({ headers }: FastifyRequest, jsonMs: number): number => {
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) return Number.POSITIVE_INFINITY;
  return Date.now() + jsonMs + Number(headers["content-length"] ?? unknownLength) / bytesPerMs;
};

const watchBody = (request: FastifyRequest, { jsonMs, stallMs }: BodyTimes): void => {
  const { raw } = request;
  const { socket } = raw;
  // Requests that are injected have no connection.
  if (!(socket instanceof Socket)) return;
  const until = deadlineOf(request, jsonMs);
  let before = socket.bytesRead;
  const timer = setInterval(
    () => {
      const came = socket.bytesRead - before;
      before = socket.bytesRead;
      if (raw.complete || raw.destroyed || socket.destroyed) return clearInterval(timer);
      // What lies here already is held up by its reader.
      if (Date.now() < until && (came >= minBytes || raw.readableLength > 0)) return;
      clearInterval(timer);
      endSlow(request);
    },
    Math.min(jsonMs, stallMs),
  ).unref();
  raw.once("close", () => clearInterval(timer));
};

/** Answers as Node itself answers headers that do not come. */
const endSlow = ({ raw: { socket } }: FastifyRequest): void => {
  socket.end("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  setTimeout(() => socket.destroy(), 1_000).unref();
};
