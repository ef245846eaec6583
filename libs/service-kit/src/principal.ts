import type { ServiceName } from "./service-name.ts";

/** What a grant can be about. */
export type ResourceKind = "dataset" | "analysis" | "query" | "pipeline" | "asset";

/** The thing that somebody wants to use. */
export type Resource = { readonly kind: ResourceKind; readonly name: string };

/** The limits of a token that was made for some resources only. */
export type TokenLimits = {
  /** Id of the token. */
  readonly token: string;
  /** What it is limited to; what was deleted since is not among it. */
  readonly resources: readonly Resource[];
};

/** In whose name a service asks another one; the other reads anew what a limited token is limited to. */
export type OnBehalfOf = {
  readonly name: string;
  readonly limits?: Pick<TokenLimits, "token"> | undefined;
};

/**
 * Whoever asks for something: a person, or a service for itself. `name` is what accounts calls a user, or "service"; an administrator may
 * do everything. `service` is the one that asks for itself. Through a token with `limits` a person has their roles on these resources, and
 * nothing else exists: an administrator is none, and nothing is seen for being one's own.
 */
export type Principal = {
  readonly name: string;
  readonly admin: boolean;
  readonly service?: ServiceName;
  readonly limits?: TokenLimits | undefined;
};

/** Whether something is within the limits of the token with which somebody asks. */
export const isWithinLimits = (
  { limits }: Pick<Principal, "limits">,
  { kind, name }: { readonly kind: string; readonly name: string },
): boolean => limits === undefined || limits.resources.some((one) => one.kind === kind && one.name === name);

/** What somebody wants to do with it: `read` finds and reads, `run` runs it or on it, `contribute` adds, `admin` grants, `own` deletes. */
export type Action = "read" | "run" | "contribute" | "admin" | "own";

/** What accounts grants, the weakest first, and owning; each may do what the ones before it may. */
const roles: readonly string[] = ["viewer", "runner", "contributor", "admin", "owner"];

const needed: Readonly<Record<Action, string>> = {
  read: "viewer",
  run: "runner",
  contribute: "contributor",
  admin: "admin",
  own: "owner",
};

/** The weakest role that is enough. */
export const roleNeeded = (action: Action): string => needed[action];

/** Whether a grant of `role` is enough; an unknown role never is. */
export const roleAllows = (role: string, action: Action): boolean =>
  roles.indexOf(role) >= roles.indexOf(needed[action]);

/** The roles that are enough. */
export const rolesAllowing = (action: Action): string[] => roles.filter((role) => roleAllows(role, action));

/** Who asks where a route lets everybody in. */
export const nobody: Principal = { name: "anonymous", admin: false };
