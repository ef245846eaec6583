import type { Manifest } from "@rollerblade/analysis";

/** One version of an analysis, with what identifies its code (see `KeyParts.code` of the analysis library). */
export type AnalysisVersion = { readonly manifest: Manifest; readonly code: string };

/** All versions of an analysis; none where nobody knows it. */
export type Analyses = (name: string) => readonly AnalysisVersion[];

/** One version, or undefined. */
export const analysisVersion = (analyses: Analyses, name: string, version: string): AnalysisVersion | undefined =>
  analyses(name).find(({ manifest }) => manifest.version === version);
