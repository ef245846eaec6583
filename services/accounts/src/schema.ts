import { eventTables } from "@rollerblade/database/event-tables";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";

/** Everything of the service `accounts`; only `access_v1` is for others. */
export const accounts = pgSchema("accounts");

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** People and services, by the name that everything else uses. */
export const users = accounts.table("users", {
  name: text("name").primaryKey(),
  displayName: text("display_name").notNull().default(""),
  admin: boolean("admin").notNull().default(false),
  kind: text("kind").$type<"person" | "service">().notNull().default("person"),
  createdAt: time("created_at").notNull().defaultNow(),
  disabledAt: time("disabled_at"),
});

/** Passwords of people who sign in here, and one-time secrets with which they choose one. */
export const passwords = accounts.table("passwords", {
  userName: text("user_name")
    .primaryKey()
    .references(() => users.name),
  /** Argon2id, as a PHC string with its parameters. */
  hash: text("hash").notNull(),
  /** Of a one-time secret: until when a password can be chosen with it. */
  oneTimeUntil: time("one_time_until"),
  changedAt: time("changed_at").notNull().defaultNow(),
});

/** Failed sign-ins of the last minutes, of an address, a user, or a user from an address. */
export const signInFailures = accounts.table("sign_in_failures", {
  /** The digest of what is counted, so that names which somebody has mistyped do not stand here. */
  key: text("key").primaryKey(),
  failures: integer("failures").notNull(),
  /** When the count begins anew. */
  until: time("until").notNull(),
});

/** Who somebody is at an issuer of identities. */
export const identities = accounts.table(
  "identities",
  {
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    userName: text("user_name")
      .notNull()
      .references(() => users.name),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] }), index("identities_user").on(table.userName)],
);

/** Sign-ins at an issuer that have begun and not ended, and codes that nobody has used yet; each is used once. */
export const issuerSignIns = accounts.table("issuer_sign_ins", {
  /** SHA-256 of the secret that whoever began it holds. */
  hash: text("hash").primaryKey(),
  kind: text("kind").$type<"browser" | "device" | "code">().notNull(),
  /** What only this server knows: the verifier of PKCE and the nonce, the device code, or whom a code signs in. */
  secrets: jsonb("secrets").$type<Record<string, string>>().notNull(),
  until: time("until").notNull(),
});

/** Tokens and sessions: the hash only, as 64 hex digits of SHA-256. */
export const tokens = accounts.table(
  "tokens",
  {
    id: uuid("id").primaryKey(),
    userName: text("user_name")
      .notNull()
      .references(() => users.name),
    hash: text("hash").notNull().unique("tokens_hash"),
    label: text("label").notNull(),
    /** How it came to be: by a sign-in, made by a person or for a service, or from the settings. */
    kind: text("kind").$type<"session" | "personal" | "service" | "settings">().notNull().default("personal"),
    /** What it lets its user do, the weakest first; each may do what the ones before it may. */
    scope: text("scope").$type<"read" | "run" | "write" | "admin">().notNull().default("admin"),
    /** Whether it is for the resources in `token_resources` only, also when none of them is there any more. */
    limited: boolean("limited").notNull().default(false),
    createdAt: time("created_at").notNull().defaultNow(),
    expiresAt: time("expires_at"),
    /** Of a session: how long it lives without being used. */
    idleSeconds: integer("idle_seconds"),
    /** To the minute. */
    usedAt: time("used_at"),
    revokedAt: time("revoked_at"),
  },
  (table) => [index("tokens_user").on(table.userName)],
);

/**
 * Changes that were asked for with an `Idempotency-Key`, so that one that comes again is answered as the first time. Only the functions of
 * the migration `idempotent-requests` use them. An answer is encrypted with the key, which is kept as a hash only: whoever reads the table
 * learns from it neither a new token nor the name of a subject that was deleted since.
 */
export const idempotentRequests = accounts.table(
  "idempotent_requests",
  {
    principal: text("principal").notNull(),
    /** SHA-256 in hex of the person and the key. */
    keyHash: text("key_hash").notNull(),
    /** SHA-256 in hex of the method, the path and the body: the same key with another request is an error. */
    requestHash: text("request_hash").notNull(),
    /** Who is handling it: a service that takes it over after a crash makes another. */
    attempt: uuid("attempt").notNull(),
    begunAt: time("begun_at").notNull().defaultNow(),
    /** When another service may take it over; renewed while it is handled. */
    leaseUntil: time("lease_until").notNull(),
    /** When the key is forgotten. */
    expiresAt: time("expires_at").notNull(),
    /** HTTP status of the answer; null until there is one. */
    status: integer("status"),
    /** The encrypted answer, as base64; null where it has no body. */
    answer: text("answer"),
  },
  (table) => [
    primaryKey({ columns: [table.principal, table.keyHash] }),
    index("idempotent_requests_expires_at").on(table.expiresAt),
  ],
);

/** What can be owned and granted. */
type ResourceKind = "dataset" | "analysis" | "query" | "pipeline" | "asset";

/** What is owned, under the name that it has now. The id is made once and outlives the name; a name that is taken again gets another. */
export const resources = accounts.table(
  "resources",
  {
    id: uuid("id").notNull().unique("resources_id").defaultRandom(),
    kind: text("kind").$type<ResourceKind>().notNull(),
    name: text("name").notNull(),
    owner: text("owner")
      .notNull()
      .references(() => users.name),
    /** Whether something else had the name before: what is older than `created_at` is that one's. */
    reused: boolean("reused").notNull().default(false),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name] }), index("resources_owner").on(table.owner)],
);

/** What limited tokens are for. They are bound to the id: what takes the name after a deletion is something else. */
export const tokenResources = accounts.table(
  "token_resources",
  {
    token: uuid("token")
      .notNull()
      .references(() => tokens.id, { onDelete: "cascade" }),
    resource: uuid("resource")
      .notNull()
      .references(() => resources.id, { onDelete: "cascade" }),
  },
  (table) => [
    primaryKey({ columns: [table.token, table.resource] }),
    index("token_resources_resource").on(table.resource),
  ],
);

/** Names that a deletion has freed: only the last owner and site administrators may take them again. */
export const retiredNames = accounts.table(
  "retired_names",
  {
    kind: text("kind").$type<ResourceKind>().notNull(),
    name: text("name").notNull(),
    /** Of what had the name last. */
    id: uuid("id").notNull(),
    owner: text("owner").notNull(),
    retiredAt: time("retired_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name] })],
);

/** Groups of people, to grant to. A name that was deleted is free: the grants to it went with it. */
export const groups = accounts.table(
  "groups",
  {
    name: text("name").primaryKey(),
    displayName: text("display_name").notNull().default(""),
    /** Adds and removes members. */
    owner: text("owner")
      .notNull()
      .references(() => users.name),
    /** The value in the issuer's group claim that makes somebody a member at each sign-in. */
    claim: text("claim").unique("groups_claim"),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [index("groups_owner").on(table.owner)],
);

/** Who is in a group: a user's name, or `group:NAME` of a group whose members are all users. */
export const groupMembers = accounts.table(
  "group_members",
  {
    groupName: text("group_name")
      .notNull()
      .references(() => groups.name, { onDelete: "cascade" }),
    member: text("member").notNull(),
    /** `local` for whom somebody added, `claim` for whom the issuer's claim did, which takes them out again. */
    source: text("source").$type<"local" | "claim">().notNull().default("local"),
    addedBy: text("added_by").notNull(),
    addedAt: time("added_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.groupName, table.member] }), index("group_members_member").on(table.member)],
);

/** Who may do what beside the owner. `grantee` is a user's name, `group:NAME`, or `everyone`, which is not a user. */
export const grants = accounts.table(
  "grants",
  {
    kind: text("kind").$type<ResourceKind>().notNull(),
    resource: text("resource").notNull(),
    grantee: text("grantee").notNull(),
    role: text("role").$type<"viewer" | "runner" | "contributor" | "admin">().notNull(),
    grantedBy: text("granted_by").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    /** From then on it is worth nothing; null for never. */
    expiresAt: time("expires_at"),
    /** Why it was given, in the words of who gave it. */
    reason: text("reason").notNull().default(""),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.resource, table.grantee] }),
    foreignKey({ columns: [table.kind, table.resource], foreignColumns: [resources.kind, resources.name] }).onDelete(
      "cascade",
    ),
    check("grants_role", sql`${table.role} in ('viewer', 'runner', 'contributor', 'admin')`),
    index("grants_grantee").on(table.grantee),
  ],
);

/** Offers of owners to make somebody else the owner; they are gone when they were accepted, declined or withdrawn. */
export const transferOffers = accounts.table(
  "transfer_offers",
  {
    /** Of the resource: one that takes the name later was not offered. */
    resourceId: uuid("resource_id")
      .primaryKey()
      .references(() => resources.id, { onDelete: "cascade" }),
    /** Who was the owner and offered it. */
    offeredBy: text("offered_by").notNull(),
    offeredTo: text("offered_to")
      .notNull()
      .references(() => users.name),
    offeredAt: time("offered_at").notNull().defaultNow(),
  },
  (table) => [index("transfer_offers_offered_to").on(table.offeredTo)],
);

/**
 * Who did what, or tried to. Rows are only ever added; a trigger numbers them and chains them by hashes, and another refuses
 * every change (see the migration `sharing`). Only rows that an anchor covers may be deleted, by `accounts.prune_audit`.
 */
export const audit = accounts.table(
  "audit",
  {
    id: uuid("id").primaryKey(),
    time: time("time").notNull().defaultNow(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    details: jsonb("details").$type<Record<string, unknown>>().notNull().default({}),
    outcome: text("outcome").$type<"allowed" | "refused" | "failed" | "requested">().notNull().default("allowed"),
    /** The address that the request came from; null for what no request did. */
    address: text("address"),
    traceId: text("trace_id"),
    /** Set by the trigger, as the hashes are: 1 for the first row, without gaps. */
    sequence: bigint("sequence", { mode: "number" }).notNull().default(0).unique("audit_sequence"),
    previousHash: text("previous_hash").notNull().default(""),
    /** SHA-256 in hex of the row and of `previous_hash`. */
    hash: text("hash").notNull().default(""),
  },
  (table) => [index("audit_subject").on(table.subject, table.id), index("audit_time").on(table.time)],
);

/** The end of the chain: the last number that was given and its hash, so that a row that is missing at the end is noticed. One row. */
export const auditHead = accounts.table("audit_head", {
  id: boolean("id").primaryKey().default(true),
  sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
  hash: text("hash").notNull().default(""),
});

/** The last row that retention deleted: the chain begins behind it. One row. */
export const auditAnchor = accounts.table("audit_anchor", {
  id: boolean("id").primaryKey().default(true),
  sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
  hash: text("hash").notNull().default(""),
});

export const { outbox, inbox } = eventTables(accounts);

/** As whom each user is given something: by name, as everyone, and as a member of groups and of the groups that these are in. */
export const granteesV1 = accounts
  .view("grantees_v1", {
    person: text("person").notNull(),
    grantee: text("grantee").notNull(),
    /** Since when, where that is not always. */
    since: time("since"),
  })
  .as(sql`
    select name as person, name as grantee, null::timestamptz as since from accounts.users
    union all
    select name, 'everyone', null from accounts.users
    union all
    select member, 'group:' || group_name, added_at from accounts.group_members where member not like 'group:%'
    union all
    select lesser.member, 'group:' || greater.group_name, greatest(lesser.added_at, greater.added_at)
    from accounts.group_members lesser
    join accounts.group_members greater on greater.member = 'group:' || lesser.group_name
    where lesser.member not like 'group:%'`);

/**
 * What every service reads at every request, so that a revoked grant is gone at once. For each live token of each enabled user
 * (and once with a null hash for a user who has none) one row with null resource, and one a resource that the user may use,
 * with the strongest role: `owner`, an own grant, one to a group of theirs, or one to everyone. Every grant is of a resource that is there (a
 * foreign key sees to it); the outer join lets PostgreSQL leave it out for whoever reads names and roles alone, which is nearly everybody.
 */
export const accessV1 = accounts
  .view("access_v1", {
    tokenHash: text("token_hash"),
    principal: text("principal").notNull(),
    admin: boolean("admin").notNull(),
    kind: text("kind"),
    resource: text("resource"),
    role: text("role"),
    /** Identifies the resource beyond its name. */
    resourceId: uuid("resource_id"),
    /** When the resource took its name; null where nothing had the name before, so that nothing older can be another's. */
    begunAt: time("begun_at"),
    /** Since when the user may read it without a break: events from before are not shown. */
    since: time("since"),
    /** What the token lets its user do: `read`, `run`, `write` or `admin`. */
    scope: text("scope"),
    /** How the token came to be: `session`, `personal`, `service` or `settings`. */
    credential: text("credential"),
    /** The token's id where it is limited to resources; the rows have all that its user may use. */
    limitedToken: uuid("limited_token"),
  })
  .as(sql`
    select token.hash as token_hash, person.name as principal, person.admin, access.kind, access.resource, access.role,
      access.resource_id, access.begun_at, access.since, token.scope, token.kind as credential,
      case when token.limited then token.id end as limited_token
    from accounts.users person
    left join accounts.tokens token
      on token.user_name = person.name
      and token.revoked_at is null
      and (token.expires_at is null or token.expires_at > now())
      and (token.idle_seconds is null
        or coalesce(token.used_at, token.created_at) > now() - make_interval(secs => token.idle_seconds))
    cross join lateral (
      select null::text as kind, null::text as resource, null::text as role,
        null::uuid as resource_id, null::timestamptz as begun_at, null::timestamptz as since
      union all
      select held.kind, held.resource,
        (array['viewer', 'runner', 'contributor', 'admin', 'owner'])[
          max(array_position(array['viewer', 'runner', 'contributor', 'admin', 'owner'], held.role))
        ],
        (array_agg(held.id))[1], max(held.created_at) filter (where held.reused), min(held.since)
      from (
        select kind, name as resource, 'owner' as role, id, reused, created_at, created_at as since
        from accounts.resources where owner = person.name
        union all
        select given.kind, given.resource, given.role, granted.id, granted.reused, granted.created_at,
          greatest(given.created_at, as_whom.since)
        from accounts.grantees_v1 as_whom
        join accounts.grants given on given.grantee = as_whom.grantee
        left join accounts.resources granted on granted.kind = given.kind and granted.name = given.resource
        where as_whom.person = person.name and (given.expires_at is null or given.expires_at > now())
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null`);

/** What limited tokens are for, by the names that it has now. */
export const tokenResourcesV1 = accounts
  .view("token_resources_v1", {
    token: uuid("token").notNull(),
    kind: text("kind").notNull(),
    name: text("name").notNull(),
  })
  .as(sql`
    select limits.token, resource.kind, resource.name
    from accounts.token_resources limits join accounts.resources resource on resource.id = limits.resource`);

/** What has which name now, for services that act on it by its id; nothing here depends on who asks. */
export const resourcesV1 = accounts
  .view("resources_v1", {
    id: uuid("id").notNull(),
    kind: text("kind").notNull(),
    name: text("name").notNull(),
    owner: text("owner").notNull(),
    /** As in `access_v1`. */
    begunAt: time("begun_at"),
  })
  .as(sql`
    select id, kind, name, owner, case when reused then created_at end as begun_at from accounts.resources`);
