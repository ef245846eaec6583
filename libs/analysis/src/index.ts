export type {
  DerivativeFacts,
  FileFact,
  Json,
  JsonObject,
  Level,
  ScanFacts,
  SliceFacts,
  SliceRef,
  Source,
} from "./facts.ts";
export type { RequestedSlice, ResolvedCompanion, ResolvedInput, ResolvedMember } from "./requested-slice.ts";
