import { parseManifest } from "./read-manifest.ts";

/** A manifest that uses most fields, for tests. */
export const exampleManifest = parseManifest(`
name: brain-mask
version: 1.2.0
description: Brain mask of a T1-weighted head
image: registry.example.org/brain-mask@sha256:${"a".repeat(64)}
command: [node, /app/main.js, "--threshold={param.threshold}", "{in.t1w}", "{out.mask}"]
process: [node, main.js]
level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
reads: [subject.age, scan.entities.run]
parameters: {properties: {threshold: {type: number, default: 0.5}}}
resources: {cpu: "1", memory: 2Gi, disk: 4Gi, timeout: 30m}
outputs:
  mask: {name: "{entities}_desc-brain_mask.nii.gz"}
  report: {name: "{entities}_desc-brain_report.json", required: false}
retry: {attempts: 3, memoryStep: 1.5, memoryMax: 16Gi}
`);
