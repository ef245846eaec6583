import { type AnalysisVersion, schedulerRoutes } from "@rollerblade/client";
import { implement, type RouteContext, type ServiceContext } from "@rollerblade/service-kit";
import semver from "semver";
import type { Creating } from "../analyses/create-analysis.ts";
import { type Analysis, requireHighest } from "../analyses/known-analyses.ts";

/** Serves the routes that create, list and show analyses. */
export const serveAnalyses = (scheduler: RouteContext & Creating & Pick<ServiceContext, "readable">): void => {
  implement(
    scheduler,
    schedulerRoutes.createAnalysis,
    async ({ principal, body }) => {
      // Loaded when it is first asked for: the parser of YAML takes megabytes.
      const { createAnalysis } = await import("../analyses/create-analysis.ts");
      const { analysis, created } = await createAnalysis(scheduler, principal, body);
      return { ...versionOf(analysis), created };
    },
    { expensive: true },
  );
  implement(scheduler, schedulerRoutes.listAnalyses, async ({ principal, query }) => {
    const readable = await scheduler.readable(principal, "analysis");
    const rows = await scheduler.sql<Analysis[]>`
      select * from scheduler.analyses
      where (${readable === "all"} or name = any(${readable === "all" ? [] : readable}::text[]))
        and (${query.name ?? null}::text is null or name = ${query.name ?? null})`;
    return pageOf(rows.toSorted(byNameAndVersion), query.after, query.limit);
  });
  implement(scheduler, schedulerRoutes.showAnalysis, async ({ principal, params, query }) => {
    await scheduler.authorize(principal, "read", { kind: "analysis", name: params.name });
    const analysis = await requireHighest(scheduler.sql, params.name, query.version);
    return versionOf(analysis);
  });
};

const byNameAndVersion = (a: Analysis, b: Analysis): number =>
  a.name === b.name ? semver.compare(b.version, a.version) : a.name < b.name ? -1 : 1;

const keyOf = ({ name, version }: Analysis): string => `${name}@${version}`;

const pageOf = (
  rows: readonly Analysis[],
  after: string | undefined,
  limit: number,
): { items: AnalysisVersion[]; next: string | null } => {
  const start = after === undefined ? 0 : rows.findIndex((row) => keyOf(row) === after) + 1;
  const page = rows.slice(start, start + limit);
  const last = page.at(-1);
  const more = start + limit < rows.length;
  return { items: page.map(versionOf), next: more && last !== undefined ? keyOf(last) : null };
};

const versionOf = ({ name, version, manifest, code, owner, createdAt }: Analysis): AnalysisVersion => ({
  name,
  version,
  description: manifest.description,
  level: manifest.level,
  manifest: { ...manifest },
  code,
  owner,
  createdAt: createdAt.toISOString(),
});
