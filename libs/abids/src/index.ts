export { faultOfPointer, isPointerFault, maxPointerBytes, pointerHeadBytes } from "./absent-content.ts";
export { type Age, readAge, type WrittenAge, withAgeInYears, writeAge } from "./age.ts";
export {
  type Attributes,
  type Participants,
  type PersonRow,
  type PersonRows,
  readParticipants,
  readPhenotype,
  readSamples,
  readScans,
  readSessions,
  sessionAttributes,
  sessionRow,
} from "./attributes.ts";
export { type Ignore, readBidsIgnore, readGlob } from "./bids-ignore.ts";
export {
  type BidsName,
  type Entities,
  type NameFault,
  type NameParts,
  type NameRuleCode,
  type ParsedName,
  parseName,
  writeFileName,
  writeName,
} from "./bids-name.ts";
export { datasetNamePattern, faultOfDatasetName, faultOfPath, maxPathBytes } from "./check-path.ts";
export {
  type Classified,
  classify,
  type DatasetContext,
  type IgnoredReason,
  isKept,
  type MetadataKind,
  oneFileFolder,
} from "./classify.ts";
export { faultOfScanValue } from "./closed-values.ts";
export { roleOf } from "./companions.ts";
export { compareBytes } from "./compare-bytes.ts";
export { compressedHeadBytes } from "./compressed-table.ts";
export { type ColumnMeaning, columnMeanings, type DataDictionary, readDataDictionary } from "./data-dictionary.ts";
export { type IndexOptions, indexDataset } from "./dataset/index-dataset.ts";
export type { FileClass, IndexedFile } from "./dataset/indexed-file.ts";
export { missingMetadata } from "./dataset/missing-metadata.ts";
export { checkRules, type DatasetFinding, finding, type RuleCode, type Severity } from "./dataset-finding.ts";
export type { DatasetTree, TreeContent, TreeEntry, TreeHead } from "./dataset-tree.ts";
export { datasetTypeOf } from "./dataset-type.ts";
export { faultOfDuplicateKey } from "./duplicate-keys.ts";
export { isEntityValue } from "./entity-value.ts";
export { findInexactInteger, isInexactInteger, quoteInexactIntegers } from "./exact-json.ts";
export { folderOf } from "./folder-of.ts";
export { type FolderScan, folderScan, tooManyFiles } from "./folder-scan.ts";
export { type Grouped, groupScans, type ScanFile, type ScanGroup } from "./group-scans.ts";
export { type IgnoredFile, mayGoWith, readIgnoredPath } from "./ignored-file.ts";
export {
  hasImageHeader,
  type ImageFacts,
  imageHeadBytes,
  imageTailBytes,
  type ReadImage,
  readImageHeader,
  voxelBytesOf,
} from "./images/image-header.ts";
export {
  type GrowingInheritance,
  growInheritance,
  type InheritanceIndex,
  type Inherited,
  indexInheritance,
  sidecarsFor,
} from "./inheritance.ts";
export { canonicalJson, isJsonList, isJsonObject, type Json, type JsonObject, mergeMetadata } from "./json.ts";
export { faultOfPeople, type KeyColumn, type KeyedLine, type KeyedLines, readKeyedLines } from "./keyed-lines.ts";
export { readContext } from "./listing/read-context.ts";
export { closedFolders, type Listed, placesOf, type Sorted, sortListed } from "./listing/sort-listed.ts";
export { type LongEntities, longEntities } from "./long-names.ts";
export { faultsOfLossyTable } from "./lossy-values.ts";
export { type MergedRows, mergeRows } from "./merge-rows.ts";
export type { DatasetType } from "./name-rules.ts";
export { nearestName } from "./nearest-name.ts";
export { sexOf } from "./normalise-attributes.ts";
export { type JsonLimits, type ReadJson, readJsonObject } from "./read-json.ts";
export type { NameRule } from "./schema/reduce.ts";
export { bidsVersion, datatypes, entityKeys, entityRule, entityRules, nameRules, suffixes } from "./schema.ts";
export { type CellsToSet, setCells, type WithCells } from "./set-cells.ts";
export { subjectHash } from "./subject-hash.ts";
export { readCell, readTsv, type Table, type TsvLimits } from "./tsv.ts";
export { type WithoutSubject, withoutSubject } from "./without-subject.ts";
