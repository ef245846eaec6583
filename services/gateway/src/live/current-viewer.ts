import { hashToken, isWithinLimits, type Principal, readLimits, type ServiceContext } from "@rollerblade/service-kit";
import type { Viewer } from "./visible-to.ts";

/** Milliseconds for which rights are believed while events stream. */
const freshFor = 1_000;

/** The rights of who watches, as they are now; null once the token is worth nothing any more. */
export type CurrentViewer = () => Promise<Viewer | null>;

/** Reads the rights anew when they are older than a second, so that a revoked grant or token ends the view. */
export const currentViewer = (context: ServiceContext, principal: Principal, token: string): CurrentViewer => {
  let known: { readonly viewer: Promise<Viewer | null>; readonly until: number } | undefined;
  return () => {
    if (known === undefined || Date.now() > known.until) {
      known = { viewer: readViewer(context, principal, token), until: Date.now() + freshFor };
    }
    return known.viewer;
  };
};

const readViewer = async (context: ServiceContext, { name }: Principal, token: string): Promise<Viewer | null> => {
  const [row] = await context.sql<{ admin: boolean; limitedToken: string | null }[]>`
    select admin, limited_token from accounts.access_v1 where token_hash = ${hashToken(token)} limit 1`;
  if (row === undefined) return null;
  const limits = row.limitedToken === null ? undefined : await readLimits(context.sql, row.limitedToken);
  const principal = { name, admin: row.admin && limits === undefined, limits };
  const held = await context.sql<{ kind: string; resource: string; since: Date | null }[]>`
    select distinct kind, resource, since from accounts.access_v1
    where principal = ${name} and resource is not null and role is not null`;
  const rows = held.filter(({ kind, resource }) => isWithinLimits(principal, { kind, name: resource }));
  const sinceOf = (kind: string): ReadonlyMap<string, Date> =>
    new Map(rows.filter((row) => row.kind === kind).map(({ resource, since }) => [resource, since ?? new Date(0)]));
  return { ...principal, datasets: sinceOf("dataset"), analyses: sinceOf("analysis"), pipelines: sinceOf("pipeline") };
};
