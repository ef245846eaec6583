import { schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { Analyses, AnalysisVersion, PipelineDocument } from "@rollerblade/pipeline";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { readAnalyses } from "../evaluation/documents-in-force.ts";
import { type AnnouncedAnalysis, usableVersions, writeAnalyses } from "../projection/analyses.ts";

/**
 * Every version of the analyses that a document speaks of, and of those that they build on, as far as somebody may run them. The
 * scheduler is asked, since an analysis may have been created a moment ago; where it does not answer, what it answered before counts.
 */
export const readKnownAnalyses = async (
  context: ServiceContext,
  document: PipelineDocument,
  principal: Principal,
): Promise<Analyses> => {
  const known = new Map<string, readonly AnalysisVersion[]>();
  let names = namesIn(document);
  while (names.length > 0) {
    for (const name of names) known.set(name, await versionsOf(context, name, principal));
    const inputs = [...known.values()].flat().flatMap(({ manifest }) => manifest.inputs);
    const referred = inputs.flatMap((input) => (input.kind === "derivative" ? [input.analysis] : []));
    names = [...new Set(referred)].filter((name) => !known.has(name));
  }
  return (name) => known.get(name) ?? [];
};

const namesIn = ({ rules, tags }: PipelineDocument): string[] => [
  ...new Set([
    ...rules.map(({ run }) => run.analysis),
    ...rules.flatMap(({ on }) => (on.kind === "derivative" ? [on.analysis] : [])),
    ...rules.flatMap(({ join }) => join?.need.map(({ analysis }) => analysis) ?? []),
    ...tags.map(({ from }) => from.analysis),
  ]),
];

const versionsOf = async (context: ServiceContext, name: string, principal: Principal): Promise<AnalysisVersion[]> => {
  try {
    const announced = await askScheduler(context, name, principal);
    const usable = usableVersions(announced);
    await writeAnalyses(
      context.sql,
      usable.map((version) => ({ ...version, name: version.manifest.name, version: version.manifest.version })),
    );
    return usable;
  } catch (error) {
    if (Problem.from(error).code !== "unavailable") throw error;
    const usable = await context.readable(principal, "analysis");
    return usable === "all" || usable.includes(name) ? readAnalyses(context.sql, [name]) : [];
  }
};

const askScheduler = async (
  context: ServiceContext,
  name: string,
  principal: Principal,
): Promise<AnnouncedAnalysis[]> => {
  const scheduler = context.peer("scheduler", principal);
  const analyses: AnnouncedAnalysis[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await scheduler.call(schedulerRoutes.listAnalyses, { query: { name, limit: 1_000, after } });
    analyses.push(...page.items);
    if (page.next === null) return analyses;
    after = page.next;
  }
};
