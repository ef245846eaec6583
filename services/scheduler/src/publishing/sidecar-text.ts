import { type Origin, sidecar } from "@rollerblade/analysis";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";

/** The text of a sidecar; null when the analysis is unknown. */
export const sidecarText = async (
  { sql }: Scheduler,
  of: { readonly analysis: string; readonly version: string },
  origin: Origin,
): Promise<string | null> => {
  const analysis = (await findAnalyses(sql, sql, [of])).get(versionKey(of.analysis, of.version));
  return analysis === undefined ? null : jsonText(sidecar(analysis.manifest, origin));
};

/** The text of the sidecar that a published derivative had. */
export const sidecarOfDerivative = async (scheduler: Scheduler, derivative: string): Promise<string | null> => {
  const [row] = await scheduler.sql<(Origin & { analysis: string; version: string })[]>`
    select analysis, version, dataset, sources, parameters, key from scheduler.derivatives where id = ${derivative}`;
  return row === undefined ? null : sidecarText(scheduler, row, row);
};

/** JSON for people to read. */
export const jsonText = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
