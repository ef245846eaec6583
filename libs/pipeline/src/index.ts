export { type Analyses, type AnalysisVersion, analysisVersion } from "./analysis-version.ts";
export { matchesDataset, patternsOverlap } from "./dataset-pattern.ts";
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
export {
  type DatasetMembers,
  datasetSlice,
  decideDataset,
  type StandingGroup,
  waitForDataset,
} from "./evaluate-group.ts";
export { evaluateSubject } from "./evaluate-subject.ts";
export { lockDocument } from "./lock-document.ts";
export { type LockedDocument, type LockedRule, lockedDocument, makersOf, type Supply } from "./locked-rules.ts";
export { type Identity, type Locks, type RuleLock, referenceKey, sameIdentity, tagShows } from "./locks.ts";
export { missingMember, missingProgress, toleratesMissing } from "./missing-members.ts";
export { type AppliedDocument, requireOwnNames } from "./name-conflicts.ts";
export { parseDocument } from "./parse-document.ts";
export { type GroupState, needName, type Readiness, readinessOf, type Tally } from "./readiness.ts";
export { indexByScan, matchesScan, mismatches, type ScanIndex } from "./rule-index.ts";
export { placeKey } from "./slices.ts";
export type { SubjectFacts } from "./subject-facts.ts";
export type { Show, Tag, TagValue } from "./tag.ts";
export { type Begin, type End, type Restate, type Transitions, transitionsOf } from "./transitions.ts";
export {
  type Call,
  isSuccess,
  type Outcome,
  type Progress,
  reasonOfOutcome,
  type Standing,
  type Verdict,
} from "./verdict.ts";
