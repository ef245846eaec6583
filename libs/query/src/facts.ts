import type { JsonObject } from "@rollerblade/abids";
import type { ScanFacts } from "@rollerblade/abids/facts";

/** What an expression is asked about: by group, the values of its fields. An absent group or value is unknown. */
export type QueryFacts = { readonly [group: string]: JsonObject | undefined };

/** The facts of one scan, with its image as `file`. */
export const queryFactsOfScan = (scan: ScanFacts): QueryFacts => {
  const image = scan.files.find((file) => file.path === scan.path);
  const { path, datatype, suffix, extension, entities } = scan;
  return {
    dataset: { name: scan.dataset },
    subject: { ...scan.subjectAttributes, label: scan.subject },
    session: { ...scan.sessionAttributes, label: scan.session },
    scan: { ...scan.scanAttributes, path, datatype, suffix, extension, entities },
    file: image && { path: image.path, extension, size: image.size, sha256: image.sha256 },
    metadata: scan.metadata,
    image: scan.image,
  };
};
