import type { FileFact, JsonObject, ScanFacts } from "@rollerblade/analysis";

/** A row of `catalog.scans`, as far as it holds facts. */
export type ScanRow = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly datatype: string;
  readonly suffix: string;
  readonly extension: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly metadata: JsonObject;
  readonly subjectAttributes: JsonObject;
  readonly sessionAttributes: JsonObject;
  readonly files: readonly FileFact[];
  readonly revision: number;
};

/** The columns of a `ScanRow`. */
export const scanRowColumns =
  "dataset, path, subject, session, datatype, suffix, extension, entities, metadata, subject_attributes, session_attributes, files, revision";

/** The facts that a row holds. */
export const scanFactsOf = ({ session, ...row }: ScanRow): ScanFacts => ({
  ...row,
  session: session === "" ? null : session,
});
