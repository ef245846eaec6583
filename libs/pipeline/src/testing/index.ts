export { adults, completeWhen, demo, threshold } from "./documents.ts";
export { analysesIn, analysis, scan, sha256 } from "./facts.ts";
