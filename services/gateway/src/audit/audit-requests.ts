import { type AuditLine, accountsRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { nobody, type Principal, recordOf, type ServiceContext, usedHeader } from "@rollerblade/service-kit";
import { counter } from "@rollerblade/telemetry";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { createAuditBuffer } from "./audit-buffer.ts";
import { answeredLines, mayChange, requestedLine } from "./audit-lines.ts";

/** What a service says of a request that it has answered. */
const usedThings = z.object({ operation: z.string().nullable(), used: z.array(z.string()) });
type UsedThings = z.output<typeof usedThings>;

/** A burst of reading is stored with few statements, and who looks for it in the log hardly waits. */
const lingerMs = 250;

/** Lines of some 300 bytes each: 30 MB at most while they cannot be stored. */
const maxWaiting = 100_000;

/** What the log keeps of a path. */
const maxPath = 300;

/** Under which name the log has objects, which are had by a link and without a token. */
const objectPath = /^\/objects\/(.+)$/;

/**
 * Records every request through the door. A line stands in the log before a change is tried, or it is not tried; how it ended, and what was
 * read, is stored together with others a moment later.
 */
export const auditRequests = ({ http, log, registry, peer, authenticate, signal, onStop }: ServiceContext): void => {
  const dropped = counter(
    registry,
    "rollerblade_audit_dropped_lines_total",
    "Lines of the audit log about reading that were dropped because they could not be stored",
  );
  const store = async (lines: readonly AuditLine[]): Promise<void> => {
    await peer("accounts").call(accountsRoutes.recordAudit, { body: { lines: [...lines] } });
  };
  const buffer = createAuditBuffer(store, {
    lingerMs,
    maxBatch: 500,
    maxWaiting,
    onFailure: (err, lines) => {
      dropped.inc(lines);
      log.warn({ err, dropped: lines }, "the audit log cannot be written");
    },
  });
  const used = new WeakMap<FastifyRequest, UsedThings>();
  const who = (request: FastifyRequest): Promise<Principal> => authenticate(request).catch(() => nobody);

  http.addHook("onRequest", async (request) => void addresses.set(request, request.ip));
  http.addHook("preHandler", async (request) => {
    if (!mayChange(request.method, pathOf(request))) return;
    const { name } = await who(request);
    // Whoever has no token changes nothing.
    if (name !== nobody.name)
      await store([requestedLine({ ...requestOf(request), actor: name })]).catch((cause: unknown) => {
        throw notRecorded(cause);
      });
  });
  http.addHook("onSend", async (request, reply) => {
    const header = reply.getHeader(usedHeader);
    if (typeof header !== "string") return;
    reply.removeHeader(usedHeader);
    used.set(request, usedThings.parse(JSON.parse(header)));
  });
  http.addHook("onResponse", async (request, reply) => {
    const { name } = await who(request);

    buffer.add(
      answeredLines({
        ...requestOf(request),
        ...usedOf(request, reply, used.get(request)),
        actor: name,
        status: reply.statusCode,
      }),
    );
  });
  // Where all services are one process, accounts stops listening together with the gateway.
  signal.addEventListener(
    "abort",
    () => void buffer.flush().catch((err: unknown) => log.warn({ err }, "the audit log cannot be written")),
    { once: true },
  );
  onStop(() => buffer.flush());
};

/** From where requests came: of a connection that is closed it is not known any more. */
const addresses = new WeakMap<FastifyRequest, string>();

const requestOf = (request: FastifyRequest) => ({
  time: new Date(),
  method: request.method,
  path: pathOf(request),
  address: addresses.get(request) ?? "",
  traceId: recordOf(request)?.traceId ?? null,
});

const usedOf = (request: FastifyRequest, reply: FastifyReply, stated: UsedThings | undefined): UsedThings => {
  if (stated !== undefined) return stated;
  const key = objectPath.exec(pathOf(request))?.[1];
  return key !== undefined && reply.statusCode < 400
    ? { operation: "getObject", used: [`object ${key}`] }
    : { operation: null, used: [] };
};

const pathOf = ({ url }: FastifyRequest): string => (url.split("?")[0] ?? "").slice(0, maxPath);

const notRecorded = (cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: "Nothing can be changed now, because the audit log cannot be written.",
      subject: "audit",
      next: "Try again in a moment; GET /v1/status says how the services are.",
    },
    { cause },
  );
