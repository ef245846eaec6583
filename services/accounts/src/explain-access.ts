import type { AccessExplanation } from "@rollerblade/client";
import { recordset, type Sql } from "@rollerblade/database";
import type { Resource, ResourceKind } from "@rollerblade/service-kit";

type WayRow = {
  readonly principal: string;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly role: "viewer" | "runner" | "contributor" | "admin" | "owner";
  readonly reason: "owner" | "administrator" | "grant";
  readonly grantee: string | null;
  readonly expiresAt: Date | null;
  readonly grantedBy: string | null;
  readonly note: string;
};

/**
 * One page of the people who may read all of these at this moment, by name, each with every way to each of them: owning it, a grant to the
 * person, to a group or to everyone, and being an administrator. A grant that has ended is no way.
 */
export const explainAccess = async (
  sql: Sql,
  resources: readonly Resource[],
  principal: string | undefined,
  limit: number,
  after = "",
): Promise<AccessExplanation[]> => {
  const rows = await sql<WayRow[]>`
    with asked as (
      select distinct resource.kind, resource.name, resource.owner
      from ${recordset(
        sql,
        { kind: "text", name: "text" },
        resources.map(({ kind, name }) => ({ kind, name })),
      )} as wanted
      join accounts.resources resource on resource.kind = wanted.kind and resource.name = wanted.name
    ), ways as (
      select owner as principal, kind, name, 'owner' as role, 'owner' as reason, null as grantee,
        null::timestamptz as expires_at, null as granted_by, '' as note
      from asked
      union all
      select as_whom.person, asked.kind, asked.name, given.role, 'grant', given.grantee, given.expires_at, given.granted_by, given.reason
      from asked
      join accounts.grants given on given.kind = asked.kind and given.resource = asked.name
      join accounts.grantees_v1 as_whom on as_whom.grantee = given.grantee
      where given.expires_at is null or given.expires_at > now()
      union all
      select person.name, asked.kind, asked.name, 'admin', 'administrator', null, null, null, ''
      from asked cross join accounts.users person where person.admin
    ), readers as (
      select ways.principal from ways
      join accounts.users person on person.name = ways.principal
      where person.disabled_at is null and person.kind = 'person'
        and (${principal ?? null}::text is null or ways.principal = ${principal ?? null}) and ways.principal > ${after}
      group by ways.principal
      having count(distinct (ways.kind, ways.name)) = ${new Set(resources.map(({ kind, name }) => `${kind}/${name}`)).size}
      order by ways.principal limit ${limit}
    )
    select ways.* from ways join readers using (principal) order by principal, kind, name, reason desc, grantee`;
  const people = Map.groupBy(rows, (row) => row.principal);
  return [...people].map(([name, ways]) => ({
    principal: name,
    ways: ways.map(({ principal: _, ...way }) => ({ ...way, expiresAt: way.expiresAt?.toISOString() ?? null })),
  }));
};
