export { matchesDataset } from "./dataset-pattern.ts";
export type {
  Completeness,
  DerivativePattern,
  GroupLevel,
  Join,
  Need,
  PipelineDocument,
  Position,
  Rule,
  RuleRun,
  ScanPattern,
  Trigger,
  When,
} from "./document.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { type Identity, type Locks, type RuleLock, referenceKey, sameIdentity, tagShows } from "./locks.ts";
export { parseDocument } from "./parse-document.ts";
export type { Show, Tag, TagValue } from "./tag.ts";
