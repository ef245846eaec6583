import { rowsOrNone, type Sql } from "@rollerblade/database";
import { matchesDataset, patternsOverlap } from "@rollerblade/pipeline";
import { roleAllows } from "@rollerblade/service-kit";

/** Where owners of documents may run something. */
export type OwnerRights = {
  mayRun(owner: string, dataset: string): boolean;
  /** Every dataset on which the owner may run something; administrators and services on all, also on those to come. */
  datasetsOf(owner: string): "all" | readonly string[];
};

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
  const usable = rows.filter(({ role }) => role !== null && roleAllows(role, "run"));
  const may = new Set(usable.map(({ principal, resource }) => `${principal} ${resource}`));
  return {
    mayRun: (owner, dataset) => admins.has(owner) || may.has(`${owner} ${dataset}`),
    datasetsOf: (owner) =>
      admins.has(owner)
        ? "all"
        : usable.flatMap(({ principal, resource }) => (principal === owner && resource !== null ? [resource] : [])),
  };
};

const accessOf = async (sql: Sql, owners: readonly string[]): Promise<readonly Row[]> =>
  owners.every((owner) => owner === "service")
    ? []
    : rowsOrNone(sql<Row[]>`
        select distinct principal, admin, case when kind = 'dataset' then resource end as resource,
          case when kind = 'dataset' then role end as role
        from accounts.access_v1 where principal = any(${owners}::text[])`);

/** The datasets that a document speaks for, and under whose rights. */
export type Speaking = { readonly owner: string; readonly datasets: readonly string[] };

/** Whether two documents act on one dataset now, or on one to come: both speak for it, and both owners may run something on it. Of documents of one owner only the patterns count. */
export const actTogether = (rights: OwnerRights, one: Speaking, other: Speaking): boolean => {
  const [mine, theirs] = [rights.datasetsOf(one.owner), rights.datasetsOf(other.owner)];
  if (one.owner === other.owner || (mine === "all" && theirs === "all"))
    return one.datasets.some((pattern) => other.datasets.some((neighbour) => patternsOverlap(pattern, neighbour)));
  return common(mine, theirs).some(
    (name) => matchesDataset(one.datasets, name) && matchesDataset(other.datasets, name),
  );
};

/** Names that are in both, of which one at least is a list. */
const common = (one: "all" | readonly string[], other: "all" | readonly string[]): readonly string[] => {
  if (one === "all") return other === "all" ? [] : other;
  return other === "all" ? one : one.filter((name) => other.includes(name));
};
