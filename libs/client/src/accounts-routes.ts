import { z } from "zod";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";
import { tokenScopes } from "./token-scopes.ts";

/** What a user, a service or a group is called; it never changes. */
const principalName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,62}$/, "1 to 63 of a-z, 0-9 and . _ @ -, a letter or digit first");

/** What can be owned and granted. */
const resourceKind = z.enum(["dataset", "analysis", "query", "pipeline", "asset"]);

/** What a grant lets somebody do, the weakest first; each may do what the ones before it may. */
export const grantRole = z.enum(["viewer", "runner", "contributor", "admin"]);
export type GrantRole = z.output<typeof grantRole>;

/** A user by name, or a group as `group:NAME`: a member of a group. */
const memberName = z
  .string()
  .regex(/^(group:)?[a-z0-9][a-z0-9._@-]{0,62}$/, "the name of a user, or group: and the name of a group");

/** Who gets a grant: a user by name, a group as `group:NAME`, or as `everyone` everybody who has a token. */
const grantee = memberName;

/** What somebody may do with a resource: the owner everything, also delete it and give it away. */
export const usableRole = z.enum([...grantRole.options, "owner"]);
export type UsableRole = z.output<typeof usableRole>;

/** Names of pipeline documents may hold dots, as those of ConfigMaps do. */
const resourceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "1 to 63 letters, digits, ., - and _, a letter or digit first");
const resource = z.object({ kind: resourceKind, name: resourceName });
const page = z.object(pageQuery());
const time = z.iso.datetime();

/** Somebody or something that has tokens. */
export const user = z.object({
  name: principalName,
  displayName: z.string(),
  admin: z.boolean().describe("May do everything."),
  kind: z.enum(["person", "service"]),
  createdAt: time,
  disabledAt: time.nullable().describe("Since then its tokens are worth nothing."),
});
export type User = z.output<typeof user>;

/** What a token lets its user do, the weakest first; each may do what the ones before it may. */
export const tokenScope = z.enum(tokenScopes);

/** A token without its secret, which is shown once, when it is created. */
export const tokenInfo = z.object({
  id: z.uuid(),
  user: principalName,
  label: z.string(),
  kind: z
    .enum(["session", "personal", "service", "settings"])
    .describe("How it came to be: by a sign-in, made by a person or for a service, or from the settings."),
  scope: tokenScope,
  resources: z
    .array(resource)
    .nullable()
    .describe(
      "What it is limited to, by the names that it has now; null where it is good for everything that its user may use.",
    ),
  createdAt: time,
  expiresAt: time.nullable(),
  usedAt: time.nullable().describe("When it was used last, to the minute."),
  revokedAt: time.nullable(),
});
export type TokenInfo = z.output<typeof tokenInfo>;

/** Resources to which one token may be limited. */
const maxTokenResources = 100;

/** What somebody signs in with. */
export const passwordSignIn = z.object({
  name: z.string().max(63),
  password: z.string().min(1).max(1000).describe("Or the one-time secret that an administrator has given."),
  newPassword: z
    .string()
    .max(1000)
    .optional()
    .describe("Set in its place; with a one-time secret there must be one. All earlier sessions and tokens end."),
  label: z.string().max(200).default("sign-in").describe("What the session is called in the list of tokens."),
});

/** A session that has just begun. Its token is shown this once. */
export const newSession = z.object({ name: principalName, token: z.string(), expiresAt: time });

/** A code that a browser exchanges for a session, once. */
export const signInCode = z.object({ code: z.string(), expiresAt: time });

/** Somebody else's server that says who people are, by OpenID Connect. */
export const identityIssuer = z.object({
  name: z.string().describe("What the settings call it."),
  title: z.string().describe("What people call it."),
});
export type IdentityIssuer = z.output<typeof identityIssuer>;

/** What somebody is asked for who signs in on another device than the one that gets the session (RFC 8628). */
export const deviceSignIn = z.object({
  userCode: z.string().describe("To type in at `verificationUri`."),
  verificationUri: z.string(),
  verificationUriComplete: z.string().nullable().describe("With the code in it, where the issuer has such an address."),
  secret: z.string().describe("Held by whoever asks for the session, and shown to nobody."),
  expiresAt: time,
  intervalSeconds: z.int().describe("Seconds to wait between two questions whether somebody has signed in."),
});
export type DeviceSignIn = z.output<typeof deviceSignIn>;

/** Whether somebody has signed in on the other device. */
export const deviceSignInState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("pending"), intervalSeconds: z.int() }),
  z.object({ state: z.literal("finished"), session: newSession }),
]);
export type DeviceSignInState = z.output<typeof deviceSignInState>;

/** Who asks whether somebody has signed in. */
export const deviceSignInQuestion = z.object({
  secret: z.string().min(1).max(200),
  label: z.string().max(200).default("sign-in").describe("What the session is called in the list of tokens."),
});

/** Who somebody is at an issuer of identities; both are compared as they are. */
export const issuerIdentity = z.object({
  issuer: z.url().max(500).describe("As the issuer calls itself: the `iss` of its tokens."),
  subject: z
    .string()
    .min(1)
    .max(255)
    .describe("The `sub` of its tokens, which never changes and is never given to somebody else."),
});
export type IssuerIdentity = z.output<typeof issuerIdentity>;

/** An address of this server, by its path: to lead a browser to after it has signed in. */
const ownPath = z
  .string()
  .max(1000)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/, "a path of this server, which begins with one slash");

const claimedName = z.string().max(100);

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

/** People who are given something together. */
export const group = z.object({
  name: principalName,
  displayName: z.string(),
  owner: principalName.describe("Adds and removes members, and deletes the group."),
  claim: z
    .string()
    .nullable()
    .describe(
      "The issuer and the value in its group claim (`uni:/neuro/staff`) that make somebody a member at each sign-in; null where there are none.",
    ),
  createdAt: time,
});
export type Group = z.output<typeof group>;

/** Somebody in a group. */
export const groupMember = z.object({
  member: memberName,
  source: z
    .enum(["local", "claim"])
    .describe("`claim` for whom the issuer's group claim has added, and takes out again."),
  addedBy: z.string(),
  addedAt: time,
});
export type GroupMember = z.output<typeof groupMember>;

/** An issuer by its name in the settings, a colon, and a value of its group claim as it writes them: names, paths, UUIDs. */
const claimValue = z
  .string()
  .max(250)
  .regex(/^[a-z0-9][a-z0-9-]{0,30}:.+$/, "the name of an issuer, a colon, and a value of its group claim");

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

/** Everything that the service `accounts` answers. */
export const accountsRoutes = {
  me: route({
    method: "GET",
    path: "/v1/me",
    summary: "Who this token belongs to, and what it lets them do.",
    response: z.object({
      name: z.string(),
      admin: z.boolean(),
      groups: z.array(z.string()).describe("Groups that they are in."),
      token: tokenInfo.nullable().describe("Null for the services themselves."),
    }),
  }),
  listUsers: route({
    method: "GET",
    path: "/v1/users",
    scope: "admin",
    summary: "All users, by name; for administrators.",
    query: page,
    response: pageOf(user),
  }),
  getUser: route({
    method: "GET",
    path: "/v1/users/:name",
    scope: "admin",
    summary: "A user; for administrators.",
    params: z.object({ name: principalName }),
    response: user,
  }),
  createUser: route({
    method: "POST",
    path: "/v1/users",
    scope: "admin",
    summary: "Make a user; for administrators.",
    body: z.object({
      name: principalName,
      displayName: z.string().max(200).default(""),
      admin: z.boolean().default(false),
      kind: z.enum(["person", "service"]).default("person"),
    }),
    response: user,
  }),
  changeUser: route({
    method: "PATCH",
    path: "/v1/users/:name",
    scope: "admin",
    summary: "Disable or enable a user, or make one an administrator; for administrators.",
    params: z.object({ name: principalName }),
    body: z.object({
      displayName: z.string().max(200).optional(),
      admin: z.boolean().optional(),
      disabled: z.boolean().optional(),
    }),
    response: user,
  }),
  resetPassword: route({
    method: "POST",
    path: "/v1/users/:name/reset-password",
    scope: "session",
    summary:
      "Give a user a one-time secret to choose a password with, and end all their sessions and tokens; for administrators.",
    params: z.object({ name: principalName }),
    response: z.object({ secret: z.string(), expiresAt: time }),
  }),
  beginSession: route({
    method: "POST",
    path: "/v1/internal/sessions",
    summary: "Begin a session with a password; for the gateway.",
    body: passwordSignIn.extend({ address: z.string().max(100) }),
    response: newSession,
  }),
  createSignInCode: route({
    method: "POST",
    path: "/v1/internal/sign-in-codes",
    summary: "Make a code with which a browser signs in as somebody, once; for the gateway.",
    body: z.object({ user: principalName }),
    response: signInCode,
  }),
  useSignInCode: route({
    method: "POST",
    path: "/v1/internal/sign-in-codes/use",
    summary: "Begin a session with such a code; for the gateway.",
    body: z.object({ code: z.string().max(200), label: z.string().max(200), address: z.string().max(100) }),
    response: newSession,
  }),
  readIssuers: route({
    method: "GET",
    path: "/v1/internal/issuers",
    summary: "Issuers of identities by which people sign in; for the gateway.",
    query: page,
    response: pageOf(identityIssuer),
  }),
  beginBrowserSignIn: route({
    method: "POST",
    path: "/v1/internal/issuer-sign-ins",
    summary: "Begin the sign-in of a browser at an issuer; for the gateway.",
    body: z.object({ issuer: claimedName, returnTo: ownPath, address: z.string().max(100) }),
    response: z.object({
      url: z.url().describe("Where the browser goes now."),
      secret: z.string().describe("Held by the browser alone, so that nobody finishes what another has begun."),
      expiresAt: time,
    }),
  }),
  finishBrowserSignIn: route({
    method: "POST",
    path: "/v1/internal/issuer-sign-ins/finish",
    summary: "Begin a session for whom an issuer has sent back; for the gateway.",
    body: z.object({
      issuer: claimedName,
      secret: z.string().max(200),
      query: z.string().max(8000).describe("What the issuer has added to the address."),
      label: z.string().max(200),
      address: z.string().max(100),
    }),
    response: z.object({ session: newSession, returnTo: ownPath }),
  }),
  beginDeviceGrant: route({
    method: "POST",
    path: "/v1/internal/device-sign-ins",
    summary: "Begin a sign-in on another device; for the gateway.",
    body: z.object({ issuer: claimedName, address: z.string().max(100) }),
    response: deviceSignIn,
  }),
  finishDeviceGrant: route({
    method: "POST",
    path: "/v1/internal/device-sign-ins/finish",
    summary: "Begin a session for who has signed in on another device; for the gateway.",
    body: deviceSignInQuestion.extend({ address: z.string().max(100) }),
    response: deviceSignInState,
  }),
  listIdentities: route({
    method: "GET",
    path: "/v1/users/:name/identities",
    scope: "admin",
    summary: "Who a user is at issuers of identities; for administrators.",
    params: z.object({ name: principalName }),
    query: page,
    response: pageOf(issuerIdentity.extend({ createdAt: time })),
  }),
  linkIdentity: route({
    method: "POST",
    path: "/v1/users/:name/identities",
    scope: "session",
    summary: "Let whoever has this subject at an issuer sign in as the user; for administrators.",
    params: z.object({ name: principalName }),
    body: issuerIdentity,
    response: issuerIdentity.extend({ createdAt: time }),
  }),
  unlinkIdentity: route({
    method: "POST",
    path: "/v1/users/:name/identities/unlink",
    scope: "session",
    summary: "Take a way to sign in from a user, with all sessions and tokens; for administrators.",
    params: z.object({ name: principalName }),
    body: issuerIdentity,
    response: z.undefined(),
  }),
  endSessions: route({
    method: "POST",
    path: "/v1/sign-out",
    scope: "read",
    wholeAccount: true,
    summary: "End this session, or all sessions of yours.",
    body: z.object({ everywhere: z.boolean().default(false) }),
    response: z.undefined(),
  }),
  listTokens: route({
    method: "GET",
    path: "/v1/tokens",
    scope: "session",
    summary: "Your tokens, or those of a user for administrators, without the tokens themselves.",
    query: page.extend({ user: principalName.optional() }),
    response: pageOf(tokenInfo),
  }),
  createToken: route({
    method: "POST",
    path: "/v1/tokens",
    scope: "session",
    summary: "Make a token for yourself, or for a user as an administrator. It is shown this once.",
    body: z.object({
      label: z.string().min(1).max(200),
      user: principalName.optional(),
      scope: tokenScope.default("admin"),
      expiresInDays: z.int().min(1).max(365).default(90).describe("Days until it is worth nothing."),
      resources: z
        .array(resource)
        .min(1)
        .max(maxTokenResources)
        .optional()
        .describe(
          "Limits it to these, on which its user must have a role. By default everything that its user may use.",
        ),
    }),
    response: tokenInfo.extend({ token: z.string() }),
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/v1/tokens/:id",
    summary: "Make a token worth nothing, at once.",
    params: z.object({ id: z.uuid() }),
    response: tokenInfo,
  }),
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
  listGroups: route({
    method: "GET",
    path: "/v1/groups",
    wholeAccount: true,
    summary: "Groups that you own or are in, by name; all of them for administrators.",
    query: page,
    response: pageOf(group),
  }),
  createGroup: route({
    method: "POST",
    path: "/v1/groups",
    scope: "admin",
    wholeAccount: true,
    summary: "Make a group, which is yours. Members from an issuer's group claim are for administrators to set up.",
    body: z.object({
      name: principalName,
      displayName: z.string().max(200).default(""),
      claim: claimValue.nullable().default(null),
    }),
    response: group,
  }),
  getGroup: route({
    method: "GET",
    path: "/v1/groups/:name",
    wholeAccount: true,
    summary: "A group; for its owner and its members.",
    params: z.object({ name: principalName }),
    response: group,
  }),
  changeGroup: route({
    method: "PATCH",
    path: "/v1/groups/:name",
    scope: "admin",
    wholeAccount: true,
    summary: "Rename what a group is shown as, or make somebody else its owner; for its owner.",
    params: z.object({ name: principalName }),
    body: z.object({
      displayName: z.string().max(200).optional(),
      owner: principalName.optional(),
      claim: claimValue.nullable().optional().describe("For administrators."),
    }),
    response: group,
  }),
  deleteGroup: route({
    method: "DELETE",
    path: "/v1/groups/:name",
    scope: "admin",
    wholeAccount: true,
    summary: "Delete a group, with all that was granted to it; for its owner.",
    params: z.object({ name: principalName }),
    response: z.undefined(),
  }),
  listGroupMembers: route({
    method: "GET",
    path: "/v1/groups/:name/members",
    wholeAccount: true,
    summary: "Who is in a group; for its owner and its members.",
    params: z.object({ name: principalName }),
    query: page,
    response: pageOf(groupMember),
  }),
  addGroupMember: route({
    method: "PUT",
    path: "/v1/groups/:name/members/:member",
    scope: "admin",
    wholeAccount: true,
    summary: "Add a user, or a group whose members are all users; for the group's owner. It counts at once.",
    params: z.object({ name: principalName, member: memberName }),
    response: groupMember,
  }),
  removeGroupMember: route({
    method: "DELETE",
    path: "/v1/groups/:name/members/:member",
    scope: "admin",
    wholeAccount: true,
    summary: "Take a member out, at once; for the group's owner, and for whoever leaves.",
    params: z.object({ name: principalName, member: memberName }),
    response: z.undefined(),
  }),
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
} as const;
