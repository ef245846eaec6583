import { compareBytes, type JsonObject } from "@rollerblade/abids";
import { type DerivativeFacts, type ScanFacts, type SliceRef, sliceOfScan } from "@rollerblade/abids/facts";
import { readField } from "./readable-field.ts";
import type { ResolvedCompanion, ResolvedMember } from "./requested-slice.ts";
import { type SliceIndex, scopeOf } from "./slice-index.ts";

/** A scan as the member of an input, with the files that go with it. */
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

/** A derivative as the member of an input; its sidecar is ours and is never staged. */
export const derivativeMember = (
  derivative: DerivativeFacts,
  reads: readonly string[],
  index: SliceIndex,
): ResolvedMember => {
  const { dataset, path, extension, size, sha256 } = derivative;
  return { dataset, path, extension, size, sha256, companions: [], reads: readAll(reads, derivative.slice, index) };
};

/** By role: the merged metadata in place of any `.json`, then the other files; of two with one role, the nearer one. */
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
