import type { DerivativeFacts, ScanFacts } from "@rollerblade/abids/facts";
import type { Standing } from "./verdict.ts";

/** Everything that is known of one subject, as far as the rules of one document may ask for it. */
export type SubjectFacts = {
  readonly dataset: string;
  readonly subject: string;
  readonly scans: readonly ScanFacts[];
  /** Those of the subject, and those of the whole dataset; of two with one name only the one that holds it. */
  readonly derivatives: readonly DerivativeFacts[];
  /** Decisions in force of this document: on slices of the subject, and on the whole dataset. */
  readonly standing: readonly Standing[];
  /** Paths of scans that came with a batch that is not indexed yet: what is known of them may still change. */
  readonly held: ReadonlySet<string>;
  /** Whether some batch of the dataset is open: more scans may come. */
  readonly openBatch: boolean;
  /** Ids of derivatives that were superseded or withdrawn for good. */
  readonly gone: ReadonlySet<string>;
  /** When a derivative became known, by id, in milliseconds since 1970. */
  readonly knownSince: ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly now: number;
};
