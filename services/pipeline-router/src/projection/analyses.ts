import { type Manifest, manifestFrom } from "@rollerblade/analysis";
import type { Queryable, Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { permanent, type Received } from "@rollerblade/events";
import type { AnalysisVersion } from "@rollerblade/pipeline";

/** A version of an analysis as the scheduler announces it. */
export type AnnouncedAnalysis = {
  readonly name: string;
  readonly version: string;
  readonly manifest: unknown;
  readonly code: string;
};

/**
 * A version of an analysis may be used; it takes part when a document is applied. A manifest that cannot be read never will be, so its
 * event becomes a dead letter and holds up no other.
 */
export const projectAnalyses = (events: readonly Received<"analysis.created">[], tx: Transaction): Promise<void> =>
  writeAnalyses(
    tx,
    events.map((event) => {
      const { name, version, manifest, code } = event.message;
      try {
        return { name, version, manifest: manifestFrom(manifest, `${name} ${version}`), code };
      } catch (cause) {
        throw permanent(`The manifest of ${name} ${version} cannot be used: ${Problem.from(cause).message}`, {
          cause,
          event,
        });
      }
    }),
  );

/** Those of these versions whose manifests can be read; what cannot be used does not exist for documents. */
export const usableVersions = (announced: readonly Omit<AnnouncedAnalysis, "name" | "version">[]): AnalysisVersion[] =>
  announced.flatMap(({ manifest, code }) => {
    try {
      return [{ manifest: manifestFrom(manifest), code }];
    } catch (error) {
      if (error instanceof Problem) return [];
      throw error;
    }
  });

/** Versions never change, so the first announcement counts. */
export const writeAnalyses = async (
  tx: Queryable,
  announced: readonly (AnnouncedAnalysis & { readonly manifest: Manifest })[],
): Promise<void> => {
  if (announced.length === 0) return;
  const rows = announced.map(({ name, version, manifest, code }) => ({
    name,
    version,
    manifest: JSON.stringify(manifest),
    code,
  }));
  await tx`
    insert into pipeline_router.analyses (name, version, manifest, code)
    select name, version, manifest, code
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as announced (name text, version text, manifest text, code text)
    on conflict (name, version) do nothing`;
};
