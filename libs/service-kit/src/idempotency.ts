import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { canonicalJson } from "@rollerblade/abids";
import { idempotencyKeyHeader, readIdempotencyKey } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseInput } from "./answer-errors.ts";
import type { Http } from "./http.ts";
import type { Principal } from "./principal.ts";
import type { ServiceContext } from "./service-context.ts";

/** Seconds after which another replica may take over a change whose replica is gone; renewed three times as often. */
const leaseSeconds = 30;

/** Milliseconds that a second delivery waits for the answer of the first before it is told to come again. */
const waitMs = 10_000;

/** Set on an answer that was given before. */
const replayedHeader = "idempotency-replayed";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether a change may be sent with an `Idempotency-Key`. */
    readonly takesIdempotencyKey?: boolean;
  }
}

/** A change that this request carries out, under the key that came with it. */
type Begun = {
  readonly principal: string;
  readonly key: string;
  readonly attempt: string;
  /** When it was begun first, however often it was delivered since. */
  readonly begunAt: Date;
  readonly renewal: NodeJS.Timeout;
};

const begunRequests = new WeakMap<FastifyRequest, Begun>();

/** What `accounts.begin_request_v1` answers. */
type BegunRow = {
  readonly state: "begun" | "running" | "done" | "other";
  readonly status: number | null;
  readonly answer: string | null;
  readonly attempt: string | null;
  readonly begunAt: Date;
};

/** What a caller receives again. */
const keptAnswer = z.object({ body: z.string(), headers: z.record(z.string(), z.string()) });

/** Headers of an answer that belong to it. */
const keptHeaders = ["content-type", "etag"] as const;

/**
 * Answers a change that is sent again with the same `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07) as the first time,
 * for 24 hours, by whichever replica and after a restart: the keys of a person stand in the database. The key with another request is
 * refused with 422. Only what succeeded is kept: what was refused may be tried again with the same key.
 */
export const answerRepeatedRequests = (
  http: Http,
  { sql, authenticate, log }: Pick<ServiceContext, "authenticate"> & { readonly sql: Sql; readonly log: Logger },
): void => {
  http.addHook("preHandler", async (request, reply) => {
    const sent = request.headers[idempotencyKeyHeader];
    if (sent === undefined || !takesKey(request)) return;
    const key = readIdempotencyKey(sent);
    if (key === undefined) throw unfitKey();
    const principal = keeperOf(await authenticate(request));
    const row = await begin(sql, principal, key, hashOfRequest(request));
    if (row.state === "begun" && row.attempt !== null) {
      const hash = keyHash(principal, key);
      const renew = async () =>
        sql`select accounts.renew_request_v1(${principal}, ${hash}, ${row.attempt}, ${leaseSeconds})`;
      const renewal = setInterval(() => void renew().catch(() => undefined), (leaseSeconds * 1000) / 3).unref();
      begunRequests.set(request, { principal, key, attempt: row.attempt, begunAt: row.begunAt, renewal });
      return;
    }
    return replay(reply, row, principal, key);
  });
  // The answer is kept before it is sent, so that whoever has not received it finds it.
  http.addHook("onSend", async (request, reply, payload) => {
    const begun = begunRequests.get(request);
    if (begun === undefined) return payload;
    begunRequests.delete(request);
    clearInterval(begun.renewal);
    await settle(sql, begun, reply, payload).catch((err: unknown) => log.warn({ err }, "an answer could not be kept"));
    return payload;
  });
};

/** Whose keys these are. Through a token that is limited to resources nobody gets the answers that were given without these limits. */
const keeperOf = ({ name, limits }: Principal): string => (limits === undefined ? name : `${name} ${limits.token}`);

const takesKey = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config?.takesIdempotencyKey === true;

/** @throws Problem `key-reused`; `conflict` with the seconds to wait while another delivery is still being handled */
const begin = async (sql: Sql, principal: string, key: string, asked: string): Promise<BegunRow> => {
  for (const until = Date.now() + waitMs; ; await sleep(100)) {
    const [row] = await sql<BegunRow[]>`
      select state, status, answer, attempt, begun_at
      from accounts.begin_request_v1(${principal}, ${keyHash(principal, key)}, ${asked}, ${leaseSeconds})`;
    if (row?.state === "other") throw keyReused();
    if (row !== undefined && row.state !== "running") return row;
    if (Date.now() >= until) throw stillRunning();
  }
};

const replay = (reply: FastifyReply, { status, answer }: BegunRow, principal: string, key: string): FastifyReply => {
  reply.code(status ?? 204).header(replayedHeader, "true");
  if (answer === null) return reply.send();
  const { body, headers } = keptAnswer.parse(JSON.parse(decrypt(answer, principal, key)));
  // It is written already.
  return reply.headers(headers).serializer(String).send(body);
};

const settle = async (sql: Sql, begun: Begun, reply: FastifyReply, payload: unknown): Promise<void> => {
  const { principal, key, attempt } = begun;
  const hash = keyHash(principal, key);
  const { statusCode } = reply;
  if (statusCode < 300 && (typeof payload === "string" || payload === null || payload === undefined)) {
    const answer = payload ? encrypt(answerOf(reply, payload), principal, key) : null;
    await sql`select accounts.end_request_v1(${principal}, ${hash}, ${attempt}, ${statusCode}, ${answer})`;
  } else await sql`select accounts.release_request_v1(${principal}, ${hash}, ${attempt}, ${statusCode < 500})`;
};

const answerOf = (reply: FastifyReply, body: string): string => {
  const headers = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return JSON.stringify({ body, headers: Object.fromEntries(headers) });
};

/**
 * The id of what a request creates: the same one at each delivery of it, and a new one without a key. So a run is created once, even when
 * the server was killed between the run and the answer. It is a UUID of version 7, whose time is that of the first delivery.
 */
export const idOfCreated = (request: FastifyRequest, newId: () => string): string => {
  const begun = begunRequests.get(request);
  if (begun === undefined) return newId();
  const bytes = digest("sha256", "id", begun.principal, begun.key).subarray(0, 16);
  bytes.writeUIntBE(begun.begunAt.getTime(), 0, 6);
  // RFC 9562, section 5.7: version and variant.
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

const digest = (algorithm: string, ...parts: readonly string[]): Buffer =>
  createHash(algorithm).update(JSON.stringify(parts)).digest();

const keyHash = (principal: string, key: string): string => digest("sha256", "key", principal, key).toString("hex");

/** A body that came as another type than JSON is a stream here, and refused. */
const bodyOfChange = z.json().optional();

const hashOfRequest = ({ method, url, body }: FastifyRequest): string =>
  digest("sha256", method, url, canonicalJson(parseInput(bodyOfChange, body, "body") ?? null)).toString("hex");

/** Who reads the database does not have the key: it is sent, and kept as a hash only. */
const secretOf = (principal: string, key: string): Buffer =>
  Buffer.from(hkdfSync("sha256", key, principal, "rollerblade kept answer", 32));

const encrypt = (text: string, principal: string, key: string): string => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", secretOf(principal, key), nonce);
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString("base64");
};

const decrypt = (text: string, principal: string, key: string): string => {
  const bytes = Buffer.from(text, "base64");
  const decipher = createDecipheriv("aes-256-gcm", secretOf(principal, key), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
};

const unfitKey = (): Problem =>
  new Problem({
    code: "invalid",
    message: "`Idempotency-Key` has 16 to 255 printable ASCII characters without blanks, in quotes or not.",
    subject: "Idempotency-Key",
    next: "Send a new UUID for each change, and the same one when it is sent again.",
  });

const keyReused = (): Problem =>
  new Problem({
    code: "key-reused",
    message: "This `Idempotency-Key` was sent with another request before.",
    subject: "Idempotency-Key",
    next: "Send a new key for a new change.",
  });

const stillRunning = (): Problem =>
  new Problem({
    code: "conflict",
    message: "The same change was sent before and is still being made.",
    subject: "Idempotency-Key",
    next: "Send it again with the same key; it is then answered as the first time.",
    retryAfterSeconds: 2,
  });
