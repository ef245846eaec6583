import type { JsonObject } from "@rollerblade/abids";
import type { FileFact, ScanFacts } from "@rollerblade/abids/facts";
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
  /** Of tables about scans and samples; null where none speaks of it. */
  readonly scanAttributes: JsonObject | null;
  /** Of the header of its image; null where none could be read. */
  readonly image: JsonObject | null;
  readonly files: readonly FileFact[];
  readonly revision: number;
};

/** The columns of a `ScanRow`, where scans are called `s`. */
export const scanRowColumns = (sql: Queryable) => sql`
  s.dataset, s.path, s.subject, s.session, s.datatype, s.suffix, s.extension, s.entities, s.metadata, s.subject_attributes,
  s.session_attributes, s.scan_attributes, s.image, s.files, s.revision`;

/** The facts that a row holds. */
export const scanFactsOf = ({ session, scanAttributes, image, ...row }: ScanRow): ScanFacts => ({
  ...row,
  ...(scanAttributes === null ? {} : { scanAttributes }),
  ...(image === null ? {} : { image }),
  session: session === "" ? null : session,
});
