import { compareBytes, type IgnoredFile, type JsonObject } from "@rollerblade/abids";
import {
  type DerivativeFacts,
  enclosing,
  type FileFact,
  type ScanFacts,
  type SliceFacts,
  type SliceRef,
  sliceKey,
  sliceOfScan,
} from "@rollerblade/abids/facts";
import { type ReadScope, readField } from "./readable-field.ts";
import type { ResolvedCompanion, ResolvedMember } from "./requested-slice.ts";

/** The facts of every subject, session and scan of a slice, by `sliceKey`. */
export type SliceIndex = {
  readonly scans: ReadonlyMap<string, ScanFacts>;
  readonly subjects: ReadonlyMap<string, JsonObject>;
  readonly sessions: ReadonlyMap<string, JsonObject>;
};

/** Indexes the scans of a slice once, so that each of its files finds its subject and session without a search. */
export const indexOfSlice = ({ scans }: SliceFacts): SliceIndex => {
  const index = {
    scans: new Map<string, ScanFacts>(),
    subjects: new Map<string, JsonObject>(),
    sessions: new Map<string, JsonObject>(),
  };
  for (const scan of scans) {
    const slice = sliceOfScan(scan);
    index.scans.set(sliceKey(slice), scan);
    index.subjects.set(keyAt(slice, "subject"), scan.subjectAttributes);
    index.sessions.set(keyAt(slice, "session"), scan.sessionAttributes);
  }
  return index;
};

/** Collects everything that can be read of the part of a dataset that a file belongs to. */
const scopeOf = (slice: SliceRef, index: SliceIndex): ReadScope => ({
  dataset: slice.dataset,
  subject: slice.subject,
  session: slice.session,
  subjectAttributes: index.subjects.get(keyAt(slice, "subject")) ?? {},
  sessionAttributes: index.sessions.get(keyAt(slice, "session")) ?? {},
  scan: index.scans.get(sliceKey(slice)) ?? null,
});

const keyAt = (slice: SliceRef, level: "subject" | "session"): string => {
  const outer = enclosing(slice, level);
  return outer === undefined ? "" : sliceKey(outer);
};

/** Makes a scan the member of an input, with the files that go with it. */
export const rawMember = (scan: ScanFacts, reads: readonly string[], index: SliceIndex): ResolvedMember => {
  const image = scan.files.find(({ path }) => path === scan.path);
  if (image === undefined) throw new Error(`The facts of ${scan.dataset}/${scan.path} do not hold the file itself.`);
  const { dataset, path, extension } = scan;
  const { size, sha256 } = image;
  return {
    dataset,
    path,
    extension,
    size,
    sha256,
    companions: companionsOf(scan),
    reads: readAll(reads, sliceOfScan(scan), index),
  };
};

/**
 * Makes a derivative the member of an input. Its sidecar was written by Rollerblade and is never staged: an analysis
 * sees contents only, so that equal contents have one key.
 */
export const derivativeMember = (
  derivative: DerivativeFacts,
  reads: readonly string[],
  index: SliceIndex,
): ResolvedMember => {
  const { dataset, path, extension, size, sha256 } = derivative;
  return { dataset, path, extension, size, sha256, companions: [], reads: readAll(reads, derivative.slice, index) };
};

/** Makes an ignored file the member of an input; it has no companions, and reads what is known of its session or subject. */
export const ignoredMember = (
  dataset: string,
  { path, size, sha256 }: FileFact,
  { subject, session, extension }: IgnoredFile,
  reads: readonly string[],
  index: SliceIndex,
): ResolvedMember => {
  const place: SliceRef = { level: "session", dataset, subject, session, scan: null };
  return { dataset, path, extension, size, sha256, companions: [], reads: readAll(reads, place, index) };
};

/**
 * Collects the companions of a scan, one for each role: the merged metadata in place of every `.json`, and the other
 * files. Of two with one role the nearer one counts (BIDS, "The Inheritance Principle").
 */
const companionsOf = (scan: ScanFacts): ResolvedCompanion[] => {
  const companions = new Map<string, ResolvedCompanion>();
  if (Object.keys(scan.metadata).length > 0)
    companions.set("json", { role: "json", kind: "metadata", metadata: scan.metadata });
  const files = scan.files.filter(({ path, role }) => path !== scan.path && role !== "json");
  for (const { role, path, size, sha256 } of files.sort((a, b) => depth(a.path) - depth(b.path))) {
    companions.set(role, { role, kind: "file", path, size, sha256 });
  }
  return [...companions.values()].sort((a, b) => compareBytes(a.role, b.role));
};

const depth = (path: string): number => path.split("/").length;

const readAll = (fields: readonly string[], slice: SliceRef, index: SliceIndex): JsonObject => {
  const scope = scopeOf(slice, index);
  return Object.fromEntries(fields.map((field) => [field, readField(field, scope)]));
};
