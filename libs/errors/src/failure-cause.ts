/** What differs between failures that have one cause, from the most special to the most general. */
const variable: readonly (readonly [RegExp, string])[] = [
  // UUIDs, hashes and addresses in memory.
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "…"],
  [/\b0x[0-9a-f]+\b/gi, "…"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, "…"],
  // Paths, in quotes or not, of Unix and of Windows.
  [/(?:[A-Za-z]:)?(?:[^\s"'`(),:;=<>[\]]*[/\\])+[^\s"'`(),:;=<>[\]]*/g, "…"],
  // Names of BIDS: `sub-01`, and files such as `sub-01_ses-2_T1w.nii.gz`.
  [/\b[a-z]+-[A-Za-z0-9+]+(?:_[A-Za-z0-9+-]+)*(?:\.[A-Za-z0-9.]+)?(?=$|[\s"'`(),:;\]])/g, "…"],
  [/\d+(?:[.,]\d+)*/g, "N"],
];

/**
 * The cause that failures have in common: the reason without numbers, ids, paths and names of slices. Example: `exit code 1: cannot
 * read /tmp/a1/t1w.nii.gz (after 3 attempts)` and the same of another file both become `exit code N: cannot read … (after N attempts)`.
 */
export const causeOf = (reason: string): string =>
  variable.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), reason).trim();
