export { type DerivativeFacts, derivativeFactsSchema, type Source, sourceSchema } from "./derivative-facts.ts";
export { jsonObjectSchema, jsonValueSchema } from "./json-object.ts";
export type { Level } from "./levels.ts";
export {
  type FileFact,
  fileFactSchema,
  type ScanFacts,
  scanFactsFields,
  scanFactsSchema,
  scanTexts,
  sliceOfScan,
} from "./scan-facts.ts";
export { enclosing, levelSchema, liesWithin, type SliceRef, sliceKey, sliceRefSchema } from "./slice.ts";
export { type SliceFacts, sliceFactsSchema, slicesOf } from "./slice-facts.ts";
