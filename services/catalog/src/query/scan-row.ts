import type { FileFact, JsonObject, ScanFacts } from "@rollerblade/analysis";
import type { Queryable } from "@rollerblade/database";

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

/** The columns of a `ScanRow`, where scans are called `s`. */
export const scanRowColumns = (sql: Queryable) => sql`
  s.dataset, s.path, s.subject, s.session, s.datatype, s.suffix, s.extension, s.entities, s.metadata, s.subject_attributes,
  s.session_attributes, s.files, s.revision`;

/** The facts that a row holds. */
export const scanFactsOf = ({ session, ...row }: ScanRow): ScanFacts => ({
  ...row,
  session: session === "" ? null : session,
});
