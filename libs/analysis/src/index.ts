export {
  type AssetFile,
  type AttemptFile,
  assetFiles,
  assetFolder,
  assetHash,
  type StagedAsset,
} from "./asset-files.ts";
export { type BoundedYaml, readBoundedYaml } from "./bounded-yaml.ts";
export { bidsUri, datasetDescription, type Origin, sidecar, sourcesOf } from "./derivative-documents.ts";
export { faultOfNumber, faultOfValue } from "./exact-values.ts";
export { executionKey, type KeyParts } from "./execution-key.ts";
export type {
  AssetUse,
  CommandLine,
  DerivativeInput,
  FileOutput,
  IgnoredInput,
  InputDeclaration,
  Manifest,
  OutputDeclaration,
  RawInput,
  Resources,
  RetryPolicy,
  TreeOutput,
} from "./manifest.ts";
export { manifestFrom } from "./manifest-from.ts";
export { isJson, type OutputTemplate, outputTemplate } from "./output-template.ts";
export { type ParameterText, parametersOfTexts } from "./parameter-texts.ts";
export { parameterNames, parametersHash, parametersHashOfPart, resolveParameters } from "./parameters.ts";
export { type CommandPaths, type FixedPlaceholder, substitute } from "./placeholders.ts";
export {
  derivativeFolder,
  faultOfContents,
  faultOfOutputs,
  folderName,
  type LeftFile,
  mustBeWholeFile,
  outputFile,
  type PublishedName,
  publishedName,
  publishedNameOf,
  sidecarFile,
} from "./published-path.ts";
export { formatBytes, parseDuration, parseQuantity } from "./quantity.ts";
export { parseManifest } from "./read-manifest.ts";
export { queryField } from "./readable-field.ts";
export type {
  MissingMember,
  RequestedSlice,
  ResolvedCompanion,
  ResolvedInput,
  ResolvedMember,
} from "./requested-slice.ts";
export { requestedSliceSchema } from "./requested-slice-schema.ts";
export { acceptsScan, type DerivativeLock, type Resolution, resolveInputs } from "./resolve-inputs.ts";
export { maxSidecarBytes, readSidecarFields, type SidecarFields } from "./sidecar-fields.ts";
export { inputFiles, inputPath, type StagedFile, stagingPlan } from "./staging-plan.ts";
export {
  isOfWholeFolder,
  isSharedFile,
  outputOfMade,
  type SliceLabels,
  splitTreeFile,
  treesOf,
} from "./tree-output.ts";
export { typeInWords } from "./type-in-words.ts";
export { highestVersion } from "./version-range.ts";
export { type Position, readYaml, type YamlPath, type YamlText } from "./yaml-text.ts";
