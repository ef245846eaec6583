// Written by `npm run tables` from schema.ts: change that and run it again.
import { table } from "@rollerblade/database";
import type * as schema from "./schema.ts";

/** A row of accounts.access_v1. */
export type AccessV1Row = {
};

/** A row of accounts.audit. */
export type AuditRow = {
  readonly id: string;
  readonly time: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly details: typeof schema.audit.$inferSelect.details;
  readonly outcome: typeof schema.audit.$inferSelect.outcome;
  readonly address: string | null;
  readonly traceId: string | null;
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
};

export const auditTable = table<AuditRow>()(
  "accounts.audit",
  {
    id: "uuid",
    time: "timestamp with time zone",
    actor: "text",
    action: "text",
    subject: "text",
    details: "jsonb",
    outcome: "text",
    address: "text",
    traceId: "text",
    sequence: "bigint",
    previousHash: "text",
    hash: "text",
  },
  ["id", "actor", "action", "subject"],
);

/** A row of accounts.audit_anchor. */
export type AuditAnchorRow = {
  readonly id: boolean;
  readonly sequence: number;
  readonly hash: string;
};

export const auditAnchorTable = table<AuditAnchorRow>()(
  "accounts.audit_anchor",
  {
    id: "boolean",
    sequence: "bigint",
    hash: "text",
  },
  [],
);

/** A row of accounts.audit_head. */
export type AuditHeadRow = {
  readonly id: boolean;
  readonly sequence: number;
  readonly hash: string;
};

export const auditHeadTable = table<AuditHeadRow>()(
  "accounts.audit_head",
  {
    id: "boolean",
    sequence: "bigint",
    hash: "text",
  },
  [],
);

/** A row of accounts.grantees_v1. */
export type GranteesV1Row = {
};

/** A row of accounts.grants. */
export type GrantRow = {
  readonly kind: typeof schema.grants.$inferSelect.kind;
  readonly resource: string;
  readonly grantee: string;
  readonly role: typeof schema.grants.$inferSelect.role;
  readonly grantedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly reason: string;
};

export const grantsTable = table<GrantRow>()(
  "accounts.grants",
  {
    kind: "text",
    resource: "text",
    grantee: "text",
    role: "text",
    grantedBy: "text",
    createdAt: "timestamp with time zone",
    expiresAt: "timestamp with time zone",
    reason: "text",
  },
  ["kind", "resource", "grantee", "role", "grantedBy"],
);

/** A row of accounts.group_members. */
export type GroupMemberRow = {
  readonly groupName: string;
  readonly member: string;
  readonly source: typeof schema.groupMembers.$inferSelect.source;
  readonly addedBy: string;
  readonly addedAt: Date;
};

export const groupMembersTable = table<GroupMemberRow>()(
  "accounts.group_members",
  {
    groupName: "text",
    member: "text",
    source: "text",
    addedBy: "text",
    addedAt: "timestamp with time zone",
  },
  ["groupName", "member", "addedBy"],
);

/** A row of accounts.groups. */
export type GroupRow = {
  readonly name: string;
  readonly displayName: string;
  readonly owner: string;
  readonly claim: string | null;
  readonly createdAt: Date;
};

export const groupsTable = table<GroupRow>()(
  "accounts.groups",
  {
    name: "text",
    displayName: "text",
    owner: "text",
    claim: "text",
    createdAt: "timestamp with time zone",
  },
  ["name", "owner"],
);

/** A row of accounts.idempotent_requests. */
export type IdempotentRequestRow = {
  readonly principal: string;
  readonly keyHash: string;
  readonly requestHash: string;
  readonly attempt: string;
  readonly begunAt: Date;
  readonly leaseUntil: Date;
  readonly expiresAt: Date;
  readonly status: number | null;
  readonly answer: string | null;
};

export const idempotentRequestsTable = table<IdempotentRequestRow>()(
  "accounts.idempotent_requests",
  {
    principal: "text",
    keyHash: "text",
    requestHash: "text",
    attempt: "uuid",
    begunAt: "timestamp with time zone",
    leaseUntil: "timestamp with time zone",
    expiresAt: "timestamp with time zone",
    status: "integer",
    answer: "text",
  },
  ["principal", "keyHash", "requestHash", "attempt", "leaseUntil", "expiresAt"],
);

/** A row of accounts.identities. */
export type IdentityRow = {
  readonly issuer: string;
  readonly subject: string;
  readonly userName: string;
  readonly createdAt: Date;
};

export const identitiesTable = table<IdentityRow>()(
  "accounts.identities",
  {
    issuer: "text",
    subject: "text",
    userName: "text",
    createdAt: "timestamp with time zone",
  },
  ["issuer", "subject", "userName"],
);

/** A row of accounts.issuer_sign_ins. */
export type IssuerSignInRow = {
  readonly hash: string;
  readonly kind: typeof schema.issuerSignIns.$inferSelect.kind;
  readonly secrets: typeof schema.issuerSignIns.$inferSelect.secrets;
  readonly until: Date;
};

export const issuerSignInsTable = table<IssuerSignInRow>()(
  "accounts.issuer_sign_ins",
  {
    hash: "text",
    kind: "text",
    secrets: "jsonb",
    until: "timestamp with time zone",
  },
  ["hash", "kind", "secrets", "until"],
);

/** A row of accounts.passwords. */
export type PasswordRow = {
  readonly userName: string;
  readonly hash: string;
  readonly oneTimeUntil: Date | null;
  readonly changedAt: Date;
};

export const passwordsTable = table<PasswordRow>()(
  "accounts.passwords",
  {
    userName: "text",
    hash: "text",
    oneTimeUntil: "timestamp with time zone",
    changedAt: "timestamp with time zone",
  },
  ["userName", "hash"],
);

/** A row of accounts.resources. */
export type ResourceRow = {
  readonly id: string;
  readonly kind: typeof schema.resources.$inferSelect.kind;
  readonly name: string;
  readonly owner: string;
  readonly reused: boolean;
  readonly createdAt: Date;
};

export const resourcesTable = table<ResourceRow>()(
  "accounts.resources",
  {
    id: "uuid",
    kind: "text",
    name: "text",
    owner: "text",
    reused: "boolean",
    createdAt: "timestamp with time zone",
  },
  ["kind", "name", "owner"],
);

/** A row of accounts.resources_v1. */
export type ResourcesV1Row = {
};

/** A row of accounts.retired_names. */
export type RetiredNameRow = {
  readonly kind: typeof schema.retiredNames.$inferSelect.kind;
  readonly name: string;
  readonly id: string;
  readonly owner: string;
  readonly retiredAt: Date;
};

export const retiredNamesTable = table<RetiredNameRow>()(
  "accounts.retired_names",
  {
    kind: "text",
    name: "text",
    id: "uuid",
    owner: "text",
    retiredAt: "timestamp with time zone",
  },
  ["kind", "name", "id", "owner"],
);

/** A row of accounts.sign_in_failures. */
export type SignInFailureRow = {
  readonly key: string;
  readonly failures: number;
  readonly until: Date;
};

export const signInFailuresTable = table<SignInFailureRow>()(
  "accounts.sign_in_failures",
  {
    key: "text",
    failures: "integer",
    until: "timestamp with time zone",
  },
  ["key", "failures", "until"],
);

/** A row of accounts.token_resources. */
export type TokenResourceRow = {
  readonly token: string;
  readonly resource: string;
};

export const tokenResourcesTable = table<TokenResourceRow>()(
  "accounts.token_resources",
  {
    token: "uuid",
    resource: "uuid",
  },
  ["token", "resource"],
);

/** A row of accounts.token_resources_v1. */
export type TokenResourcesV1Row = {
};

/** A row of accounts.tokens. */
export type TokenRow = {
  readonly id: string;
  readonly userName: string;
  readonly hash: string;
  readonly label: string;
  readonly kind: typeof schema.tokens.$inferSelect.kind;
  readonly scope: typeof schema.tokens.$inferSelect.scope;
  readonly limited: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly idleSeconds: number | null;
  readonly usedAt: Date | null;
  readonly revokedAt: Date | null;
};

export const tokensTable = table<TokenRow>()(
  "accounts.tokens",
  {
    id: "uuid",
    userName: "text",
    hash: "text",
    label: "text",
    kind: "text",
    scope: "text",
    limited: "boolean",
    createdAt: "timestamp with time zone",
    expiresAt: "timestamp with time zone",
    idleSeconds: "integer",
    usedAt: "timestamp with time zone",
    revokedAt: "timestamp with time zone",
  },
  ["id", "userName", "hash", "label"],
);

/** A row of accounts.transfer_offers. */
export type TransferOfferRow = {
  readonly resourceId: string;
  readonly offeredBy: string;
  readonly offeredTo: string;
  readonly offeredAt: Date;
};

export const transferOffersTable = table<TransferOfferRow>()(
  "accounts.transfer_offers",
  {
    resourceId: "uuid",
    offeredBy: "text",
    offeredTo: "text",
    offeredAt: "timestamp with time zone",
  },
  ["resourceId", "offeredBy", "offeredTo"],
);

/** A row of accounts.users. */
export type UserRow = {
  readonly name: string;
  readonly displayName: string;
  readonly admin: boolean;
  readonly kind: typeof schema.users.$inferSelect.kind;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
};

export const usersTable = table<UserRow>()(
  "accounts.users",
  {
    name: "text",
    displayName: "text",
    admin: "boolean",
    kind: "text",
    createdAt: "timestamp with time zone",
    disabledAt: "timestamp with time zone",
  },
  ["name"],
);
