export { exampleMask, exampleScan, hash } from "./example-facts.ts";
export { niftiHeader } from "./nifti.ts";
