import { createHash } from "node:crypto";
import type { Route } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { FastifyRequest } from "fastify";
import type { ServiceContext } from "./service-context.ts";

/** How a change is compared with what its caller has read. */
export type Precondition<Handled> = {
  /** One change of a resource at a time, over all replicas, so that nothing comes between the comparison and the change. */
  readonly exclusively: ServiceContext["exclusively"];
  /** The GET at the same path. */
  readonly read: Route;
  /** What that answers now. @throws Problem `not-found` where there is nothing */
  readonly current: (handled: Handled) => Promise<unknown>;
};

/** The strong entity tag of an answer (RFC 9110, section 8.8.3): 132 bits of the SHA-256 of its JSON. */
export const etagOf = (json: string): string =>
  `"${createHash("sha256").update(json).digest("base64url").slice(0, 22)}"`;

/** Whether a header that lists entity tags names this one; `*` names any. A proxy that compresses makes tags weak. */
const names = (header: string, etag: string): boolean =>
  header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);

/** Whether the caller has this answer already: it is 304 then (RFC 9110, section 13.1.2). */
export const isKnown = ({ headers }: FastifyRequest, etag: string): boolean => {
  const known = headers["if-none-match"];
  return known !== undefined && names(known, etag);
};

/** Whether a change comes with a condition. */
export const isConditional = ({ headers }: FastifyRequest): boolean =>
  headers["if-match"] !== undefined || headers["if-none-match"] !== undefined;

/**
 * Lets a change pass whose conditions hold: `If-Match` names what is there, `If-None-Match: *` wants nothing to be there.
 * @param etag of what is there; null for nothing
 * @throws Problem `precondition-failed`; `invalid` for another `If-None-Match`, which no change can mean
 */
export const requireConditions = ({ headers }: FastifyRequest, etag: string | null): void => {
  const { "if-match": match, "if-none-match": none } = headers;
  if (none !== undefined && none.trim() !== "*") throw notAny();
  if (match !== undefined && (etag === null || !names(match, etag))) throw hasChanged(etag);
  if (none !== undefined && etag !== null) throw isThere();
};

const notAny = (): Problem =>
  new Problem({
    code: "invalid",
    message: "`If-None-Match` of a change is `*`: it is made only where there is nothing yet.",
    subject: "If-None-Match",
    next: "Send `If-Match` with the ETag of what you have read, to change that.",
  });

const hasChanged = (etag: string | null): Problem =>
  new Problem({
    code: "precondition-failed",
    message: etag === null ? "There is nothing there any more." : "It has changed since you read it.",
    subject: "If-Match",
    next: "Read it again, apply your change to that, and send its ETag.",
  });

const isThere = (): Problem =>
  new Problem({
    code: "precondition-failed",
    message: "Something already exists there.",
    subject: "If-None-Match",
    next: "Read it, and decide whether to change it.",
  });
