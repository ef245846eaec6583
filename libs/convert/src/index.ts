export { type Convert, type ConvertOptions, openConversion } from "./convert.ts";
export { findDcm2niix } from "./dicom/find-dcm2niix.ts";
export { readMapping } from "./mapping/read-mapping.ts";
export { readyMapping, readyMappings } from "./mapping/ready-mappings.ts";
export { countEntries, type Plan, type PlanEntry } from "./plan/plan.ts";
export { planDocument } from "./plan/plan-document.ts";
export { suggestMapping } from "./suggest/suggest-mapping.ts";
export type { WriteReport } from "./write/write-dataset.ts";
