import type { JsonObject } from "@rollerblade/abids";
import { type Origin, sidecar } from "@rollerblade/analysis";
import type { Sql } from "@rollerblade/database";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { DerivativeRow } from "../tables.gen.ts";

/** Writes the text of a derivative's sidecar (its metadata as JSON, BIDS "Derivatives"); null when the analysis is unknown. */
export const sidecarText = async (
  sql: Sql,
  of: { readonly analysis: string; readonly version: string },
  origin: Origin,
  output: string,
  fields: JsonObject | null,
): Promise<string | null> => {
  const analysis = (await findAnalyses(sql, sql, [of])).get(versionKey(of.analysis, of.version));
  return analysis === undefined ? null : jsonText(sidecar(analysis.manifest, origin, output, fields));
};

/** Writes once more the text of the sidecar that a published derivative had. */
export const sidecarOfDerivative = async (sql: Sql, derivative: string): Promise<string | null> => {
  const [row] = await sql<(Origin & Pick<DerivativeRow, "analysis" | "version" | "output" | "metadata">)[]>`
    select analysis, version, output, metadata, dataset, sources, parameters, key from scheduler.derivatives where id = ${derivative}`;
  return row === undefined ? null : sidecarText(sql, row, row, row.output, row.metadata);
};

/** Writes JSON for people to read: indented, with a newline at its end. */
export const jsonText = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
