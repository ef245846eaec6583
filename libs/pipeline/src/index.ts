export { conditionOf } from "./document/condition.ts";
export { matchesDataset, patternsOverlap } from "./document/dataset-pattern.ts";
export type {
  Completeness,
  DerivativePattern,
  GroupLevel,
  Join,
  Need,
  PipelineDocument,
  Rule,
  RuleRun,
  ScanPattern,
  Trigger,
  When,
} from "./document/document.ts";
export { formatDuration, parseDuration } from "./document/duration.ts";
export { documentProblem, type Fault } from "./document/faults.ts";
export { parseDocument } from "./document/parse-document.ts";
export { indexByScan, matchesScan, mismatches, type ScanIndex } from "./document/rule-index.ts";
export type { Show, Tag, TagValue } from "./document/tag.ts";
export {
  type DatasetMembers,
  datasetSlice,
  decideDataset,
  type StandingGroup,
  waitForDataset,
} from "./evaluate/evaluate-group.ts";
export { evaluateSubject } from "./evaluate/evaluate-subject.ts";
export { highestOf } from "./evaluate/highest-version.ts";
export { missingMember, missingProgress, toleratesMissing } from "./evaluate/missing-members.ts";
export { type GroupState, needName, type Readiness, readinessOf, type Tally } from "./evaluate/readiness.ts";
export { placeKey } from "./evaluate/slices.ts";
export type { SubjectFacts } from "./evaluate/subject-facts.ts";
export { countMade } from "./evaluate/subject-group.ts";
export { type Begin, type End, type Restate, type Transitions, transitionsOf } from "./evaluate/transitions.ts";
export {
  type Call,
  isSuccess,
  type Outcome,
  type Progress,
  reasonOfOutcome,
  type Standing,
  type Verdict,
} from "./evaluate/verdict.ts";
export { type Analyses, type AnalysisVersion, analysisVersion } from "./lock/analysis-version.ts";
export { requireNoCircle } from "./lock/document-circle.ts";
export { lockDocument } from "./lock/lock-document.ts";
export {
  type LockedDocument,
  type LockedRule,
  lockedDocument,
  makersOf,
  makes,
  type Supply,
} from "./lock/locked-rules.ts";
export { type Identity, type Locks, type RuleLock, referenceKey, sameIdentity, tagShows } from "./lock/locks.ts";
export { type AppliedDocument, requireOwnNames } from "./lock/name-conflicts.ts";
