import type { DerivativeFacts, ScanFacts } from "../facts/index.ts";

/** A hash made of one repeated digit, for tests. */
export const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** The facts of one T1w scan, for tests. */
export const exampleScan = (subject: string, changes: Partial<ScanFacts> = {}): ScanFacts => {
  const path = changes.path ?? `sub-${subject}/ses-1/anat/sub-${subject}_ses-1_T1w.nii.gz`;
  return {
    dataset: "ds1",
    subject,
    session: "1",
    path,
    datatype: "anat",
    suffix: "T1w",
    extension: ".nii.gz",
    entities: { sub: subject, ses: "1" },
    metadata: { EchoTime: 0.003 },
    subjectAttributes: { age: 30 },
    sessionAttributes: { age: 30 },
    files: [
      { path, role: "image", size: 100, sha256: hash("1") },
      { path: path.replace(".nii.gz", ".json"), role: "json", size: 20, sha256: hash("2") },
    ],
    revision: 1,
    ...changes,
  };
};

/** The facts of the mask of such a scan, for tests. */
export const exampleMask = (scan: ScanFacts, changes: Partial<DerivativeFacts> = {}): DerivativeFacts => ({
  id: `mask-of-${scan.subject}`,
  dataset: scan.dataset,
  path: `derivatives/brain-mask-1.2.0/sub-${scan.subject}/ses-1/anat/sub-${scan.subject}_ses-1_desc-brain_mask.nii.gz`,
  analysis: "brain-mask",
  version: "1.2.0",
  parametersHash: "",
  output: "mask",
  key: hash("b"),
  slice: { level: "scan", dataset: scan.dataset, subject: scan.subject, session: scan.session, scan: scan.path },
  entities: { ...scan.entities, desc: "brain" },
  datatype: "anat",
  suffix: "mask",
  extension: ".nii.gz",
  size: 10,
  sha256: hash("3"),
  sources: scan.files.slice(0, 1).map(({ path, sha256 }) => ({ dataset: scan.dataset, path, sha256 })),
  revision: 1,
  ...changes,
});
