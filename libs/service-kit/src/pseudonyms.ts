import { subjectHash } from "@rollerblade/abids";

/** Where a path names a dataset: of a route, or of an object below `/objects`. */
const datasetInPath = /\bdatasets\/([^/]+)\//;

/** Where a path names a person: of a route, or by BIDS in a folder or the name of a file. */
const labels = [/(\/subjects\/)([^/]+)/g, /(\bsub-)([0-9A-Za-z+]+)/g];

/** Hexadecimal digits of a pseudonym: 64 bits, so that no two people of a dataset share one. */
const digits = 16;

/**
 * Replaces labels of people in a path or another text by pseudonyms. The rows of the audit log cannot be changed, so what they named would
 * outlive a deletion. Whoever has a label finds its rows by the first sixteen digits of its hash; see `subjectHash`.
 *
 *     "/v1/datasets/brains/subjects/01" → "/v1/datasets/brains/subjects/~1f3a…"
 * @param dataset the dataset of these people. @default the one that the path names
 */
export const withPseudonyms = (text: string, dataset = datasetInPath.exec(text)?.[1] ?? ""): string => {
  const pseudonym = (label: string): string => `~${subjectHash(dataset, decoded(label)).slice(0, digits)}`;
  return labels.reduce(
    (rest, pattern) => rest.replace(pattern, (_, before: string, label: string) => `${before}${pseudonym(label)}`),
    text,
  );
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
