import { createHash } from "node:crypto";
import { rowsOrNone, type Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { FastifyRequest } from "fastify";
import {
  type Action,
  isWithinLimits,
  type Principal,
  type Resource,
  type ResourceKind,
  roleAllows,
  roleNeeded,
  type TokenLimits,
} from "./principal.ts";
import { noteUse } from "./request-record.ts";
import { type Credential, requireScope, requireWholeAccount } from "./route-scope.ts";
import { isServiceToken, type ServiceCaller, type ServiceTokens, servicePrincipalName } from "./service-tokens.ts";
import { isDamagedToken } from "./token-format.ts";

/** Answers who asks and what they may, from the view `accounts.access_v1`, at every request anew: a revoked grant is gone at once. */
export type Access = {
  authenticate(request: FastifyRequest): Promise<Principal>;
  authenticateAgain(request: FastifyRequest): Promise<Principal>;
  authorize(who: FastifyRequest | Principal, action: Action, resource: Resource): Promise<Principal>;
  readable(who: Principal, kind: ResourceKind, among?: readonly string[]): Promise<"all" | string[]>;
  /** What has a name now, or null where nothing has. */
  identify(resource: Resource): Promise<Identity | null>;
};

/** What has a name now: the id is made once, and whatever takes the name after a deletion has another. */
export type Identity = { readonly id: string; readonly owner: string };

/** How a token stands in the database: SHA-256 in hex of its UTF-8 bytes. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Access of one service; `tokens` checks what other services send. */
export const createAccess = (sql: Sql, tokens: Pick<ServiceTokens, "verify">): Access => {
  const known = new WeakMap<FastifyRequest, Promise<Principal>>();
  const authenticate = (request: FastifyRequest): Promise<Principal> => {
    const found = known.get(request) ?? principalOf(sql, tokens, request);
    known.set(request, found);
    return found;
  };
  return {
    authenticate,
    authenticateAgain: (request) =>
      isServiceToken(bearerOf(request)) ? authenticate(request) : principalOf(sql, tokens, request),
    async authorize(who, action, resource) {
      const principal = isPrincipal(who) ? who : await authenticate(who);
      noteUse(resource);
      if (!isWithinLimits(principal, resource)) throw doesNotExist(resource);
      if (principal.admin) return principal;
      const roles = await rolesOn(sql, principal, resource);
      if (roles.some((role) => roleAllows(role, action))) return principal;
      const [role] = roles;
      throw role === undefined ? doesNotExist(resource) : lacksRole(resource, role, action);
    },
    readable: (who, kind, among) => readableNames(sql, who, kind, among),
    async identify({ kind, name }) {
      const [row] = await rowsOrNone<Identity>(
        sql<Identity[]>`select id, owner from accounts.resources_v1 where kind = ${kind} and name = ${name}`,
      );
      return row ?? null;
    },
  };
};

const isPrincipal = (who: FastifyRequest | Principal): who is Principal => "admin" in who;

const principalOf = async (
  sql: Sql,
  tokens: Pick<ServiceTokens, "verify">,
  request: FastifyRequest,
): Promise<Principal> => {
  const token = bearerOf(request);
  if (isServiceToken(token)) return servicePrincipal(sql, request, await tokens.verify(token));
  if (isDamagedToken(token)) throw unauthenticated("This token was mistyped or cut: its checksum is wrong.");
  const [row] = await rowsOrNone<Principal & Credential>(
    sql<(Principal & Credential)[]>`
      select principal as name, admin, scope, credential, limited_token
      from accounts.access_v1 where token_hash = ${hashToken(token)} limit 1`,
  );
  if (row === undefined) throw unauthenticated("This token is unknown, revoked or expired.");
  const { name, admin, ...credential } = row;
  requireScope(request, credential);
  return withLimits(sql, request, { name, admin }, credential.limitedToken);
};

/** The principal, within the limits of its token if that has any. */
const withLimits = async (
  sql: Sql,
  request: FastifyRequest,
  principal: Principal,
  limitedToken: string | null | undefined,
): Promise<Principal> => {
  requireWholeAccount(request, limitedToken);
  return typeof limitedToken === "string"
    ? { name: principal.name, admin: false, limits: await readLimits(sql, limitedToken) }
    : principal;
};

/** What a token is limited to, at this moment. */
export const readLimits = async (sql: Sql, token: string): Promise<TokenLimits> => {
  const resources = await sql<Resource[]>`
    select kind, name from accounts.token_resources_v1 where token = ${token} order by kind, name`;
  return { token, resources: [...resources] };
};

const bearerOf = (request: FastifyRequest): string => {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) throw unauthenticated("This needs a token.");
  return token;
};

/** A service speaks as itself, or with the rights of the person whom it names. */
const servicePrincipal = async (
  sql: Sql,
  request: FastifyRequest,
  { service, person: name, limitedToken }: ServiceCaller,
): Promise<Principal> => {
  if (name === null) return { name: servicePrincipalName, admin: true, service };
  const [row] = await rowsOrNone<{ admin: boolean }>(
    sql<{ admin: boolean }[]>`select admin from accounts.access_v1 where principal = ${name} limit 1`,
  );
  return withLimits(sql, request, { name, admin: row?.admin ?? false }, limitedToken);
};

/** The role that somebody has on something; empty where it does not exist for them. */
const rolesOn = async (sql: Sql, { name }: Principal, resource: Resource): Promise<string[]> => {
  const rows = await rowsOrNone<{ role: string }>(
    sql<{ role: string }[]>`
      select distinct role from accounts.access_v1
      where principal = ${name} and kind = ${resource.kind} and resource = ${resource.name}`,
  );
  return rows.map(({ role }) => role);
};

/** One name is compared as it is: for a list PostgreSQL would plan the statement anew at each request, which takes longer than reading it. */
const amongOf = (sql: Sql, among: readonly string[] | undefined) => {
  if (among === undefined) return sql``;
  const [only] = among;
  return only !== undefined && among.length === 1
    ? sql`and resource = ${only}`
    : sql`and resource = any(${[...among]}::text[])`;
};

const readableNames = async (
  sql: Sql,
  who: Principal,
  kind: ResourceKind,
  among?: readonly string[],
): Promise<"all" | string[]> => {
  if (who.admin) return "all";
  const rows = await rowsOrNone<{ resource: string; role: string }>(
    sql<{ resource: string; role: string }[]>`
      select distinct resource, role from accounts.access_v1
      where principal = ${who.name} and kind = ${kind} and resource is not null
        ${amongOf(sql, among)}
      order by resource`,
  );
  const readable = rows.filter(
    ({ role, resource: name }) => roleAllows(role, "read") && isWithinLimits(who, { kind, name }),
  );
  return [...new Set(readable.map(({ resource }) => resource))];
};

/**
 * Lets pass what may get a name through this token. What has a name and is outside of the token's limits does not exist for it; a new name is
 * refused, the same whether somebody has it.
 * @throws Problem `forbidden`
 */
export const requireWithinLimits = (who: Principal, resource: Resource): void => {
  if (isWithinLimits(who, resource)) return;
  throw new Problem({
    code: "forbidden",
    message: `This token is limited to some resources, and the ${resource.kind} "${resource.name}" is none of them.`,
    subject: resource.name,
    next: "Sign in, or use a token that is not limited, to make something new.",
  });
};

const unauthenticated = (message: string): Problem =>
  new Problem({
    code: "unauthenticated",
    message,
    next: "Set ROLLERBLADE_TOKEN, or run the command where `rollerblade up` was started.",
  });

const whoMay: Readonly<Record<Action, string>> = {
  read: "a viewer",
  run: "a runner",
  contribute: "a contributor",
  admin: "an admin",
  own: "its owner",
};

/** Whoever may read something knows that it exists, so the answer names the right that is missing. */
const lacksRole = ({ kind, name }: Resource, role: string, action: Action): Problem => {
  const needed = roleNeeded(action);
  return new Problem({
    code: "forbidden",
    message: `You are ${role} of the ${kind} "${name}", and this is for ${whoMay[action]}.`,
    subject: name,
    next:
      needed === "owner"
        ? `Ask its owner: \`rollerblade access list\` says who that is.`
        : `Ask its owner for the role ${needed}: \`rollerblade grant ${kind} ${name} ${needed} YOUR-NAME\`.`,
  });
};

const doesNotExist = ({ kind, name }: Resource): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no ${kind} "${name}".`,
    subject: name,
    next: `List what you may use with \`rollerblade ${kind} list\`.`,
  });
