import { compareBytes, type Ignore, isEntityValue, readBidsIgnore, readIgnoredPath } from "@rollerblade/abids";
import {
  type DerivativeFacts,
  enclosing,
  liesWithin,
  type ScanFacts,
  type SliceFacts,
  type SliceRef,
  sliceKey,
  sliceOfScan,
} from "@rollerblade/abids/facts";
import semver from "semver";
import type { DerivativeInput, IgnoredInput, InputDeclaration, Manifest, RawInput } from "./manifest.ts";
import type { RequestedSlice, ResolvedInput, ResolvedMember } from "./requested-slice.ts";
import { derivativeMember, ignoredMember, indexOfSlice, rawMember, type SliceIndex } from "./resolve-member.ts";

/** Which derivatives of an analysis are seen: those of exactly this version and these parameters. */
export type DerivativeLock = {
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  /** Names the one input that it speaks of. @default every input of that analysis */
  readonly input?: string;
};

/** What became of the inputs of one slice. */
export type Resolution =
  | { readonly state: "resolved"; readonly slice: RequestedSlice }
  /** No output of another analysis exists for an input yet; `for` describes the input in words. */
  | { readonly state: "waiting"; readonly input: string; readonly for: string }
  /** The slice has no file of the dataset for an input, so the analysis does not apply to it; `for` describes the input in words. */
  | { readonly state: "not-applicable"; readonly input: string; readonly for: string }
  /** Several files want to be one single input; none of them wins. */
  | { readonly state: "ambiguous"; readonly input: string; readonly candidates: readonly string[] };

/**
 * Finds every input of an analysis within a slice. With locks, only derivatives that one of them names are seen;
 * without, every version that the manifest's range allows.
 * @param matched paths of the scans that a query chose: inputs with `many` receive only these, and what was made of
 * them, of their sessions and of their subjects. @default all scans of the slice
 */
export const resolveInputs = (
  manifest: Manifest,
  facts: SliceFacts,
  locks?: readonly DerivativeLock[],
  matched?: readonly string[],
): Resolution => {
  const index = indexOfSlice(facts);
  const chosen = matched === undefined ? undefined : chosenSlices(facts, new Set(matched));
  const resolved: ResolvedInput[] = [];
  for (const input of manifest.inputs) {
    const members = membersOf(input, { manifest, facts, index, locks, chosen, resolved });
    if (members.length === 0 && input.required !== false) return missing(input);
    if (!input.many && members.length > 1) {
      return { state: "ambiguous", input: input.name, candidates: members.map(({ path }) => path) };
    }
    resolved.push({ name: input.name, many: input.many, members });
  }
  // Of a slice that has none of several optional inputs there is nothing to make an output from.
  const [first] = manifest.inputs;
  if (first !== undefined && resolved.every(({ members }) => members.length === 0)) return missing(first);
  return { state: "resolved", slice: requestedSlice(manifest, facts, resolved) };
};

const missing = (input: InputDeclaration): Resolution => ({
  state: input.kind === "derivative" ? "waiting" : "not-applicable",
  input: input.name,
  for: describeInput(input),
});

/** Whether some raw input of an analysis could be this very scan, by its suffix and extension. */
export const acceptsScan = (
  { inputs }: Pick<Manifest, "inputs">,
  scan: Pick<ScanFacts, "suffix" | "extension">,
): boolean => inputs.some((input) => input.kind === "raw" && matchesName(input, scan));

type Search = {
  readonly manifest: Manifest;
  readonly facts: SliceFacts;
  readonly index: SliceIndex;
  readonly locks: readonly DerivativeLock[] | undefined;
  /** What an input with `many` may receive something of, by `sliceKey`; undefined for everything. */
  readonly chosen: ReadonlySet<string> | undefined;
  /** Inputs that stand before this one. */
  readonly resolved: readonly ResolvedInput[];
};

/** In bytewise order of their paths, so that the same files always come in the same order. */
const membersOf = (input: InputDeclaration, search: Search): ResolvedMember[] => {
  const members = found(input, search);
  return members.sort((a, b) => compareBytes(a.path, b.path));
};

const found = (input: InputDeclaration, search: Search): ResolvedMember[] => {
  if (input.kind === "raw") return rawMembers(input, search);
  return input.kind === "derivative" ? derivativeMembers(input, search) : ignoredMembers(input, search);
};

/**
 * The chosen scans with the sessions and subjects that they lie in, but not the dataset: what was made of it was made
 * of all others, too.
 */
const chosenSlices = ({ scans }: SliceFacts, matched: ReadonlySet<string>): Set<string> =>
  new Set(
    scans
      .filter(({ path }) => matched.has(path))
      .map(sliceOfScan)
      .flatMap((slice) => (["scan", "session", "subject"] as const).map((level) => enclosing(slice, level)))
      .flatMap((slice) => (slice === undefined ? [] : [sliceKey(slice)])),
  );

const mayReceive = ({ many }: InputDeclaration, slice: SliceRef, { chosen }: Search): boolean =>
  !many || chosen === undefined || chosen.has(sliceKey(slice));

const rawMembers = (input: RawInput, search: Search): ResolvedMember[] =>
  search.facts.scans
    .filter((scan) => matchesRaw(input, scan) && mayReceive(input, sliceOfScan(scan), search))
    .map((scan) => rawMember(scan, search.manifest.reads, search.index));

const matchesRaw = (input: RawInput, scan: ScanFacts): boolean =>
  matchesName(input, scan) &&
  (input.datatype === null || scan.datatype === input.datatype) &&
  hasEntities(input.entities, scan.entities);

const matchesName = (input: RawInput, scan: Pick<ScanFacts, "suffix" | "extension">): boolean =>
  [input.suffix].flat().includes(scan.suffix) && [input.extension].flat().includes(scan.extension);

/** Of several scans that one file goes with, the file comes once. */
const ignoredMembers = (input: IgnoredInput, search: Search): ResolvedMember[] => {
  const isAsked = patternOf(input);
  const files = search.facts.scans
    .filter((scan) => mayReceive(input, sliceOfScan(scan), search))
    .flatMap(({ dataset, ignoredFiles = [] }) => ignoredFiles.map((file) => ({ dataset, file })));
  const asked = new Map(files.filter(({ file }) => isAsked(file.path)).map((one) => [one.file.path, one]));
  return [...asked.values()].flatMap(({ dataset, file }) => {
    const is = readIgnoredPath(file.path);
    return is === null ? [] : [ignoredMember(dataset, file, is, search.manifest.reads, search.index)];
  });
};

const patterns = new WeakMap<IgnoredInput, Ignore>();

/** Compiles the patterns of an input once, since ten thousand slices share it. */
const patternOf = (input: IgnoredInput): Ignore => {
  const known = patterns.get(input) ?? readBidsIgnore([input.ignored].flat().join("\n"));
  patterns.set(input, known);
  return known;
};

const derivativeMembers = (input: DerivativeInput, search: Search): ResolvedMember[] => {
  const of = search.resolved.find(({ name }) => name === input.of);
  return search.facts.derivatives
    .filter((derivative) => matchesDerivative(input, derivative, search.locks))
    .filter((derivative) => !input.many || liesWithin(derivative.slice, search.facts.slice))
    .filter((derivative) => mayReceive(input, derivative.slice, search))
    .filter((derivative) => of === undefined || madeFrom(derivative, of.members))
    .map((derivative) => derivativeMember(derivative, search.manifest.reads, search.index));
};

const matchesDerivative = (
  input: DerivativeInput,
  derivative: DerivativeFacts,
  locks: readonly DerivativeLock[] | undefined,
): boolean => {
  const { analysis, version, parametersHash, output } = derivative;
  if (analysis !== input.analysis || output !== input.output || !hasName(input, derivative)) return false;
  if (!semver.satisfies(version, input.version)) return false;
  if (locks === undefined) return true;
  return locks.some(
    (lock) =>
      (lock.input ?? input.name) === input.name &&
      lock.analysis === analysis &&
      lock.version === version &&
      lock.parametersHash === parametersHash,
  );
};

/** Whether the name of a file says what an input asks of it. */
const hasName = (
  { suffix, extension, datatype, entities = {} }: DerivativeInput,
  derivative: Pick<DerivativeFacts, "suffix" | "extension" | "datatype" | "entities">,
): boolean =>
  (suffix === undefined || [suffix].flat().includes(derivative.suffix)) &&
  (extension === undefined || [extension].flat().includes(derivative.extension)) &&
  (datatype === undefined || datatype === derivative.datatype) &&
  hasEntities(entities, derivative.entities);

const hasEntities = (
  wanted: Readonly<Record<string, string | null>>,
  entities: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(wanted).every(([key, value]) =>
    value === null ? entities[key] === undefined : isEntityValue(key, value, entities[key]),
  );

/** Made from one of these very files, as they are now: a file that was replaced since does not count. */
const madeFrom = (derivative: DerivativeFacts, members: readonly ResolvedMember[]): boolean =>
  derivative.sources.some((source) =>
    members.some(
      ({ dataset, path, sha256 }) => source.dataset === dataset && source.path === path && source.sha256 === sha256,
    ),
  );

const requestedSlice = (
  { level, inputs: declared }: Manifest,
  { slice, scans, derivatives }: SliceFacts,
  inputs: readonly ResolvedInput[],
): RequestedSlice => {
  const scan = level === "scan" ? scans.find(({ path }) => path === slice.scan) : undefined;
  const present = inputs.filter(({ members }) => members.length > 0);
  const raw = present.find(({ name }) => declared.some((input) => input.kind === "raw" && input.name === name));
  const path = (raw ?? present[0])?.members[0]?.path;
  const datatype = [...scans, ...derivatives].find((file) => file.path === path)?.datatype ?? null;
  return { slice, inputs, entities: scan?.entities ?? labels(slice), datatype: level === "dataset" ? null : datatype };
};

const labels = ({ subject, session }: SliceFacts["slice"]): Record<string, string> => ({
  ...(subject !== null && { sub: subject }),
  ...(session !== null && { ses: session }),
});

const describeInput = (input: InputDeclaration): string => {
  if (input.kind === "derivative") {
    const of = input.of === null ? "" : ` made from this ${input.of}`;
    const name = describeName(input);
    return `${input.output} of ${input.analysis} ${input.version}${name === "" ? "" : ` (${name})`}${of}`;
  }
  if (input.kind === "ignored") return `file called ${[input.ignored].flat().join(" or ")}`;
  return describeName(input);
};

const describeName = ({
  suffix = "",
  extension = "",
  entities = {},
}: Pick<DerivativeInput, "suffix" | "extension" | "entities">): string => {
  const described = Object.entries(entities).map(([key, value]) => (value === null ? `no ${key}` : `${key}-${value}`));
  const names = [suffix].flat().flatMap((one) => [extension].flat().map((other) => `${one}${other}`));
  return [names.join(" or "), ...described].filter((part) => part !== "").join(", ");
};
