import { z } from "zod";
import { pageOf, pageQuery } from "../page-schemas.ts";
import { route } from "../route.ts";
import { memberName, page, principalName, resource, resourceKind, resourceName, time } from "./names.ts";

/** Who gets a grant: a user by name, a group as `group:NAME`, or as `everyone` everybody who has a token. */
const grantee = memberName;

/** What a grant lets somebody do, the weakest first; each may do what the ones before it may. */
export const grantRole = z.enum(["viewer", "runner", "contributor", "admin"]);
export type GrantRole = z.output<typeof grantRole>;

/** What somebody may do with a resource: the owner everything, also delete it and give it away. */
export const usableRole = z.enum([...grantRole.options, "owner"]);
export type UsableRole = z.output<typeof usableRole>;

/** What is owned, and whose it is. */
export const ownedResource = resource.extend({
  id: z.uuid().describe("Made once. Whatever has the name after a deletion has another one."),
  owner: principalName,
  createdAt: time,
});
export type OwnedResource = z.output<typeof ownedResource>;

/** What somebody may use, and what he may do with it. */
export const usableResource = ownedResource.extend({ role: usableRole });

/** Who may do what with a resource. */
export const grant = resource.extend({
  grantee,
  role: grantRole,
  grantedBy: principalName,
  createdAt: time,
  expiresAt: time.nullable().describe("From then on it is worth nothing; null for never."),
  reason: z.string().describe("Why it was given."),
});
export type Grant = z.output<typeof grant>;

/** An offer of an owner to make somebody else the owner. */
export const transferOffer = resource.extend({
  offeredBy: principalName,
  offeredTo: principalName,
  offeredAt: time,
});
export type TransferOffer = z.output<typeof transferOffer>;

/** One way by which somebody may use a resource. */
export const accessWay = resource.extend({
  role: usableRole,
  reason: z
    .enum(["owner", "administrator", "grant"])
    .describe("`owner`, `administrator` of the installation, or a `grant`."),
  grantee: z
    .string()
    .nullable()
    .describe("To whom the grant is: the person, a group of theirs, or everyone; null where it is not a grant."),
  expiresAt: time.nullable(),
  grantedBy: z.string().nullable(),
  note: z.string().describe("Why the grant was given."),
});
export type AccessWay = z.output<typeof accessWay>;

/** Somebody who may read everything that was asked for, and why. */
export const accessExplanation = z.object({ principal: z.string(), ways: z.array(accessWay) });
export type AccessExplanation = z.output<typeof accessExplanation>;

/** Whose access to a file or a result is asked for. */
export const accessQuery = z.object({
  principal: principalName.optional().describe("Only this person."),
  ...pageQuery(),
});

/** One page of who may read a file or a result, and why. */
export const dataAccess = pageOf(accessExplanation).extend({
  madeFrom: z
    .array(z.string())
    .describe("The datasets that it comes of: whoever may read all of them may read it, and nobody else."),
});

/** Routes of what is owned: owners, grants, transfers and who may read what. */
export const resourceRoutes = {
  claimResource: route({
    method: "PUT",
    path: "/v1/resources/:kind/:name",
    summary:
      "Claim a name: the first who does owns it. A name that a deletion has freed is only for its last owner and administrators.",
    params: resource,
    response: ownedResource,
  }),
  getResource: route({
    method: "GET",
    path: "/v1/resources/:kind/:name",
    summary: "Whose a dataset or an analysis is.",
    params: resource,
    response: ownedResource,
  }),
  listResources: route({
    method: "GET",
    path: "/v1/resources",
    summary:
      "What you may use, and what you may do with it; with `user` what somebody else may use, among what you are admin of.",
    query: page.extend({ kind: resourceKind.optional(), user: principalName.optional() }),
    response: pageOf(usableResource),
  }),
  retireResource: route({
    method: "POST",
    path: "/v1/internal/resources/:id/retire",
    summary:
      "Free the name of what was deleted, with all grants on it; for services, and not forwarded by the gateway.",
    params: z.object({ id: z.uuid() }),
    body: z.object({ actor: z.string().max(200) }).describe("Who deleted it."),
    response: z.undefined(),
  }),
  transferResource: route({
    method: "POST",
    path: "/v1/resources/:kind/:name/transfer",
    scope: "admin",
    wholeAccount: true,
    summary:
      "Offer somebody else to become the owner, in place of an earlier offer; for the owner. An administrator makes them the owner at once.",
    params: resource,
    body: z.object({ owner: principalName }),
    response: ownedResource.extend({
      offeredTo: principalName
        .nullable()
        .describe("Who becomes the owner when they accept; null where nothing is offered."),
    }),
  }),
  acceptTransfer: route({
    method: "POST",
    path: "/v1/resources/:kind/:name/transfer/accept",
    scope: "admin",
    wholeAccount: true,
    summary: "Become the owner of what was offered to you.",
    params: resource,
    response: ownedResource,
  }),
  endTransfer: route({
    method: "DELETE",
    path: "/v1/resources/:kind/:name/transfer",
    scope: "admin",
    wholeAccount: true,
    summary: "Decline what was offered to you, or take your offer back.",
    params: resource,
    response: z.undefined(),
  }),
  listTransfers: route({
    method: "GET",
    path: "/v1/transfers",
    wholeAccount: true,
    summary: "Offers to and of you to change an owner, by kind and name; those of everybody for administrators.",
    query: page,
    response: pageOf(transferOffer),
  }),
  explainAccess: route({
    method: "POST",
    path: "/v1/access/explain",
    scope: "read",
    summary:
      "Who may read all of these, and why; for who is admin of all of them. Anybody may ask about themselves what they may read.",
    body: z.object({
      resources: z.array(resource).min(1).max(100).describe("For what is made from several datasets, all of them."),
      principal: principalName.optional().describe("Only this person."),
      ...pageQuery(),
    }),
    response: pageOf(accessExplanation),
  }),
  listGrants: route({
    method: "GET",
    path: "/v1/grants",
    scope: "admin",
    summary: "Who may do what with a dataset or an analysis; for its admins.",
    query: page.extend({ kind: resourceKind, resource: resourceName }),
    response: pageOf(grant),
  }),
  getGrant: route({
    method: "GET",
    path: "/v1/grants/:kind/:resource/:grantee",
    scope: "admin",
    summary:
      "What somebody may do with a dataset or an analysis by a grant; for its admins, and for who has the grant.",
    params: z.object({ kind: resourceKind, resource: resourceName, grantee }),
    response: grant,
  }),
  giveGrant: route({
    method: "PUT",
    path: "/v1/grants/:kind/:resource/:grantee",
    scope: "admin",
    summary: "Let a user, or everyone, do something with a dataset or an analysis; for its admins.",
    params: z.object({ kind: resourceKind, resource: resourceName, grantee }),
    body: z.object({
      role: grantRole,
      expiresAt: time.nullable().default(null).describe("When it ends by itself."),
      reason: z.string().max(500).default("").describe("Why it is given, for those who look at it later."),
    }),
    response: grant,
  }),
  revokeGrant: route({
    method: "DELETE",
    path: "/v1/grants/:kind/:resource/:grantee",
    scope: "admin",
    summary: "Take it back, at once; for its admins, and for who has the grant.",
    params: z.object({ kind: resourceKind, resource: resourceName, grantee }),
    response: z.undefined(),
  }),
};
