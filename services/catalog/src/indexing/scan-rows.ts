import type { Transaction } from "@rollerblade/database";
import type { Finding } from "@rollerblade/errors";
import type { MergedScan } from "./scan-facts.ts";

/** What matters of an indexed scan when it is put together anew. */
export type KnownScan = {
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly factsHash: string;
  readonly imagesHash: string;
  readonly sidecars: readonly string[];
  readonly findings: readonly Finding[];
  readonly revision: number;
};

/** The indexed ones among these scans, by path. */
export const knownScans = async (
  tx: Transaction,
  dataset: string,
  paths: readonly string[],
): Promise<Map<string, KnownScan>> => {
  const rows = await tx<KnownScan[]>`
    select path, subject, session, facts_hash, images_hash, sidecars, findings, revision from catalog.scans
    where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
  return new Map(rows.map((row) => [row.path, row]));
};

/** A scan as a row. */
export const scanRowOf = ({ facts, factsHash, imagesHash, ...rest }: MergedScan, revision: number) => ({
  ...facts,
  ...rest,
  session: facts.session ?? "",
  subject_attributes: facts.subjectAttributes,
  session_attributes: facts.sessionAttributes,
  scan_attributes: facts.scanAttributes ?? null,
  raw_sources: rest.rawSources,
  facts_hash: factsHash,
  images_hash: imagesHash,
  revision,
});

/** Writes scans, new or known. */
export const writeScans = async (tx: Transaction, rows: readonly ReturnType<typeof scanRowOf>[]): Promise<void> => {
  await tx`
    insert into catalog.scans (dataset, path, subject, session, datatype, suffix, extension, entities, metadata, subject_attributes,
      session_attributes, scan_attributes, raw_sources, image, files, sidecars, findings, size, sha256, facts_hash, images_hash, revision)
    select r.* from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(dataset text, path text, subject text, session text,
      datatype text, suffix text, extension text, entities jsonb, metadata jsonb, subject_attributes jsonb, session_attributes jsonb,
      scan_attributes jsonb, raw_sources text[], image jsonb, files jsonb, sidecars text[], findings jsonb, size int8, sha256 text, facts_hash text, images_hash text, revision int8)
    on conflict (dataset, path) do update set
      metadata = excluded.metadata, subject_attributes = excluded.subject_attributes, session_attributes = excluded.session_attributes,
      scan_attributes = excluded.scan_attributes, raw_sources = excluded.raw_sources, image = excluded.image, files = excluded.files, sidecars = excluded.sidecars, findings = excluded.findings, size = excluded.size,
      sha256 = excluded.sha256, facts_hash = excluded.facts_hash, images_hash = excluded.images_hash,
      revision = excluded.revision, indexed_at = now()`;
};
