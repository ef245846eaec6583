import { createHash } from "node:crypto";
import type { JsonObject } from "@rollerblade/abids";
import type { ScanFacts } from "@rollerblade/abids/facts";
import { exampleScan } from "@rollerblade/abids/testing";
import { parseManifest } from "@rollerblade/analysis";
import type { Analyses, AnalysisVersion } from "../lock/analysis-version.ts";

/** A content hash of a text. */
export const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** What a test states about a scan; the rest has defaults. */
export type ScanSketch = {
  readonly subject: string;
  readonly session?: string | null;
  readonly suffix?: string;
  readonly entities?: Readonly<Record<string, string>>;
  readonly content?: string;
  readonly attributes?: JsonObject;
  readonly metadata?: JsonObject;
  readonly dataset?: string;
  readonly revision?: number;
};

/** A scan with one image. */
export const scan = (sketch: ScanSketch): ScanFacts => {
  const { dataset = "demo", subject, session = null, suffix = "T1w" } = sketch;
  const entities = { sub: subject, ...(session !== null && { ses: session }), ...sketch.entities };
  const name = Object.entries(entities)
    .map(([key, value]) => `${key}-${value}`)
    .join("_");
  const folder = `sub-${subject}/${session === null ? "" : `ses-${session}/`}anat`;
  const path = `${folder}/${name}_${suffix}.nii.gz`;
  return exampleScan(subject, {
    dataset,
    session,
    path,
    suffix,
    entities,
    metadata: sketch.metadata ?? {},
    subjectAttributes: sketch.attributes ?? {},
    sessionAttributes: sketch.attributes ?? {},
    files: [{ path, role: "image", size: 1, sha256: sha256(sketch.content ?? path) }],
    revision: sketch.revision ?? 1,
  });
};

const manifests = {
  "brain-mask": (version: string) => `
name: brain-mask
version: ${version}
description: Mask
process: [node, main.js]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
parameters: {type: object, properties: {threshold: {type: number, default: 0.5}}}
outputs:
  mask: {name: "{entities}_desc-brain_mask.nii.gz"}
  quality: {name: "{entities}_desc-quality_report.json", required: false}
`,
  "tissue-volumes": (version: string) => `
name: tissue-volumes
version: ${version}
description: Volumes
process: [node, main.js]
level: session
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
  mask: {analysis: brain-mask, version: ^1, output: mask, of: t1w}
reads: [subject.age]
outputs:
  volumes: {name: "{entities}_desc-tissue_volumes.json"}
`,
  "subject-report": (version: string) => `
name: subject-report
version: ${version}
description: One subject
process: [node, main.js]
level: subject
inputs: {volumes: {analysis: tissue-volumes, version: ^1, output: volumes, many: true}}
outputs: {report: {name: "{entities}_desc-subject_report.json"}}
`,
  "group-report": (version: string) => `
name: group-report
version: ${version}
description: All of them
process: [node, main.js]
level: dataset
inputs: {volumes: {analysis: tissue-volumes, version: ^1, output: volumes, many: true}}
reads: [subject.sex]
outputs: {table: {name: "{entities}_desc-group_volumes.tsv"}}
`,
  compare: (version: string) => `
name: compare
version: ${version}
description: One scan against the group
process: [node, main.js]
level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
  group: {analysis: group-report, version: ^1, output: table}
outputs: {score: {name: "{entities}_desc-compare_score.json"}}
`,
} as const;

/** The names of the analyses that tests know. */
export type TestAnalysis = keyof typeof manifests;

/** One version of a test analysis. */
export const analysis = (name: TestAnalysis, version = "1.0.0"): AnalysisVersion => ({
  manifest: parseManifest(manifests[name](version)),
  code: `process:${sha256(`${name} ${version}`)}`,
});

/** All that tests know, each in these versions. */
export const analysesIn = (versions: Partial<Record<TestAnalysis, readonly string[]>> = {}): Analyses => {
  const all: readonly TestAnalysis[] = ["brain-mask", "tissue-volumes", "subject-report", "group-report", "compare"];
  const known = all.flatMap((name) => (versions[name] ?? ["1.0.0"]).map((version) => analysis(name, version)));
  return (name) => known.filter(({ manifest }) => manifest.name === name);
};
