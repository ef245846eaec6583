import type { Queryable } from "@rollerblade/database";
import { type Action, type ResourceKind, roleAllows } from "@rollerblade/service-kit";

/** What one person may do, as it was when it was read. */
export type Rights = { may(action: Action, kind: ResourceKind, name: string): boolean };

const everything: Rights = { may: () => true };
const nothing: Rights = { may: () => false };

/** A row of the view: one role of a person, or its absence. */
type Access = {
  readonly principal: string;
  readonly admin: boolean;
  readonly kind: string | null;
  readonly resource: string | null;
  readonly role: string | null;
};

/**
 * Reads the rights of people with one statement, from the view that the accounts service offers to others.
 * @returns the rights of a person by name; services may do everything, unknown people nothing
 */
export const readRights = async (sql: Queryable, people: Iterable<string>): Promise<(person: string) => Rights> => {
  const names = [...new Set(people)].filter((name) => name !== "service");
  const rows = names.length === 0 ? [] : await readAccess(sql, names);
  const rights = new Map(names.map((name) => [name, rightsIn(rows.filter(({ principal }) => principal === name))]));
  return (person) => (person === "service" ? everything : (rights.get(person) ?? nothing));
};

const readAccess = (sql: Queryable, names: readonly string[]): PromiseLike<Access[]> =>
  sql<Access[]>`
    select distinct principal, admin, kind, resource, role
    from accounts.access_v1 where principal = any(${[...names]}::text[])`;

const rightsIn = (rows: readonly Access[]): Rights => {
  if (rows.some(({ admin }) => admin)) return everything;
  const roles = new Map<string, string[]>();
  for (const { kind, resource, role } of rows) {
    if (role === null) continue;
    const key = `${kind}/${resource}`;
    roles.set(key, [...(roles.get(key) ?? []), role]);
  }
  return {
    may: (action, kind, name) => (roles.get(`${kind}/${name}`) ?? []).some((role) => roleAllows(role, action)),
  };
};
