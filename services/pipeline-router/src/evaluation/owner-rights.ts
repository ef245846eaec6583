import { isMissingTable, type Sql } from "@rollerblade/database";
import { roleAllows } from "@rollerblade/service-kit";

/** Whether the owner of a document may run something on a dataset. */
export type OwnerRights = (owner: string, dataset: string) => boolean;

type Row = {
  readonly principal: string;
  readonly admin: boolean;
  readonly resource: string | null;
  readonly role: string | null;
};

/** Reads, anew for each evaluation, where these owners may run something: what a person may not see does not exist for their rules. */
export const readOwnerRights = async (sql: Sql, owners: readonly string[]): Promise<OwnerRights> => {
  const rows = await accessOf(sql, [...new Set(owners)]);
  const admins = new Set(["service", ...rows.filter(({ admin }) => admin).map(({ principal }) => principal)]);
  const may = new Set(
    rows
      .filter(({ role }) => role !== null && roleAllows(role, "run"))
      .map(({ principal, resource }) => `${principal} ${resource}`),
  );
  return (owner, dataset) => admins.has(owner) || may.has(`${owner} ${dataset}`);
};

const accessOf = async (sql: Sql, owners: readonly string[]): Promise<readonly Row[]> => {
  if (owners.every((owner) => owner === "service")) return [];
  try {
    return await sql<Row[]>`
      select distinct principal, admin, case when kind = 'dataset' then resource end as resource,
        case when kind = 'dataset' then role end as role
      from accounts.access_v1 where principal = any(${owners}::text[])`;
  } catch (error) {
    // Accounts has not made its tables yet: nobody may do anything.
    if (isMissingTable(error)) return [];
    throw error;
  }
};
