import { z } from "zod";
import { pageOf } from "../page-schemas.ts";
import { route } from "../route.ts";
import { page, resourceKind, resourceName, time } from "./names.ts";

/** How something that was tried ended; `requested` stands before a change is tried, so that none is without a line. */
export const auditOutcome = z.enum(["allowed", "refused", "failed", "requested"]);
export type AuditOutcome = z.output<typeof auditOutcome>;

/** What one request did, or tried to do, to one thing. */
export const auditLine = z.object({
  time,
  actor: z.string(),
  action: z
    .string()
    .describe(
      "A noun and a verb in the past (`grant.given`), or for a request what it is and the operation: `download.getObject`.",
    ),
  subject: z.string().describe("A kind and a name: `dataset brains`."),
  outcome: auditOutcome,
  address: z
    .string()
    .nullable()
    .describe("The address that it came from; null where no request did it, and for owners, who see names only."),
  traceId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditLine = z.output<typeof auditLine>;

/** One row of the audit log. */
export const auditEntry = auditLine.extend({
  id: z.uuid(),
  sequence: z.int().describe("1 for the first row that ever was, without gaps."),
  hash: z.string().describe("SHA-256 in hex of the row and of the hash before it."),
  previousHash: z.string(),
});
export type AuditEntry = z.output<typeof auditEntry>;

const auditPlace = z.object({ sequence: z.int(), hash: z.string() });

/** What is wrong with the chain at one place. */
export const auditFault = z.object({
  sequence: z.int(),
  fault: z.enum(["changed", "missing", "inserted"]),
});
export type AuditFault = z.output<typeof auditFault>;

/** Routes of the audit log. */
export const auditRoutes = {
  listAudit: route({
    method: "GET",
    path: "/v1/audit",
    scope: "admin",
    summary:
      "Who did what, or tried to, the latest first; about a resource for its admins, about everything for administrators.",
    query: page.extend({
      kind: resourceKind.optional(),
      resource: resourceName.optional().describe("With `kind`: only about this, since it has its name."),
      actor: z.string().max(100).optional(),
      action: z.string().max(100).optional().describe("The action or what it begins with: `grant.`, `download.`"),
      outcome: auditOutcome.optional(),
      since: time.optional(),
      until: time.optional(),
    }),
    response: pageOf(auditEntry),
  }),
  verifyAudit: route({
    method: "GET",
    path: "/v1/audit/verify",
    summary: "Whether rows of the audit log were changed, removed or inserted; for administrators.",
    response: z.object({
      rows: z.int(),
      anchor: auditPlace.describe("The last row that retention removed: the chain begins behind it."),
      head: auditPlace.describe(
        "The end of the chain. Kept elsewhere, it proves later that nothing before it was changed.",
      ),
      faults: z.array(auditFault).describe("The first hundred."),
    }),
  }),
  recordAudit: route({
    method: "POST",
    path: "/v1/internal/audit",
    summary: "Add lines to the audit log; for services, and not forwarded by the gateway.",
    body: z.object({ lines: z.array(auditLine).max(1000) }),
    response: z.undefined(),
  }),
};
