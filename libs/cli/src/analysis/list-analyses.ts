import { readAll, schedulerRoutes } from "@rollerblade/client";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Runs `analysis list`: the versions of analyses that one may read. */
export const listAnalyses = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const analyses = await readAll((after) =>
    server.call(schedulerRoutes.listAnalyses, { query: { limit: 1000, after } }),
  );
  if (json === true) return printJson(analyses);
  printTable(
    ["analysis", "version", "level", "description", "created"],
    analyses.map((analysis) => [
      analysis.name,
      analysis.version,
      analysis.level,
      analysis.description,
      formatTime(analysis.createdAt),
    ]),
    "No analyses yet. Create one with `rollerblade analysis create PATH`.",
  );
};

/** `analysis show NAME`: its manifest, with all defaults, as YAML. */
export const showAnalysis = async (name: string, { json, version }: Reading & { version: string }): Promise<void> => {
  const server = await findServer();
  const analysis = await server.call(schedulerRoutes.showAnalysis, { params: { name }, query: { version } });
  if (json === true) return printJson(analysis);
  const { stringify } = await import("yaml");
  printText(`# Owned by ${analysis.owner}, created ${formatTime(analysis.createdAt)}, code ${analysis.code}`);
  printText(stringify(analysis.manifest).trimEnd());
};
