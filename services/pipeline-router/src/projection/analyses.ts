import { manifestFrom } from "@rollerblade/analysis";
import type { Queryable, Transaction } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";

/** A version of an analysis as the scheduler announces it. */
export type AnnouncedAnalysis = {
  readonly name: string;
  readonly version: string;
  readonly manifest: unknown;
  readonly code: string;
};

/** A version of an analysis may be used; it takes part when a document is applied. */
export const projectAnalyses = (events: readonly Received<"analysis.created">[], tx: Transaction): Promise<void> =>
  writeAnalyses(
    tx,
    events.map(({ message: { name, version, manifest, code } }) => ({ name, version, manifest, code })),
  );

/** Versions never change, so the first telling counts. @throws Problem when a manifest is none */
export const writeAnalyses = async (tx: Queryable, announced: readonly AnnouncedAnalysis[]): Promise<void> => {
  if (announced.length === 0) return;
  const rows = announced.map(({ name, version, manifest, code }) => ({
    name,
    version,
    manifest: JSON.stringify(manifestFrom(manifest)),
    code,
  }));
  await tx`
    insert into pipeline_router.analyses (name, version, manifest, code)
    select name, version, manifest, code
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as announced (name text, version text, manifest text, code text)
    on conflict (name, version) do nothing`;
};
