import { type Classified, classify, folderOf, groupScans, isKept, placesOf } from "@rollerblade/abids";
import { checkManifest } from "./check-manifest.ts";
import { compareFiles } from "./compare-files.ts";
import type { FileContent, PlanInput, Planned, PlannedFile, RecordedFile } from "./plan.ts";
import { scanFolderOf } from "./scan-folder.ts";

/** Decides what an import does to some folders of its dataset. Pure: the same input gives the same plan. */
export const planImport = (input: PlanInput): Planned => {
  const has = placesOf(input.manifest.map(({ path }) => path));
  const classified = input.manifest.map((file) => ({ file, is: classify(file.path, { ...input, has }) }));
  const fitting = classified.filter(({ is }) => !isSkipped(is));
  const { leftOut, findings } = checkManifest(input, fitting);
  const taking = fitting.filter(({ file }) => !leftOut.has(file.path));
  const incoming = new Map(taking.map(({ file }) => [file.path, file]));
  const isMirror = input.mode === "mirror";
  const named = new Set(isMirror ? input.manifest.map(({ path }) => path) : []);
  const gone = isMirror ? input.gone : nothing;
  const kept = input.recorded.filter(({ path }) => !incoming.has(path) && !named.has(path) && !gone.has(path));
  const contents = new Map<string, FileContent>([...kept.map((file) => [file.path, file] as const), ...incoming]);
  const assigned = assign([...taking.map(({ is }) => is), ...kept.map(({ path }) => classify(path, input))], contents);
  const after = isMirror ? assigned : [...assigned, ...withoutPlace(kept, assigned)];
  const skipped = classified.map(({ is }) => is).filter(isSkipped);
  return { plan: { ...compareFiles(input.recorded, after), skipped: countByReason(skipped) }, findings };
};

const nothing: ReadonlySet<string> = new Set();

/**
 * Recorded files that today's names give no place (a dataset became a derivative, for example): they stay as they were
 * recorded.
 */
const withoutPlace = (kept: readonly RecordedFile[], assigned: readonly PlannedFile[]): PlannedFile[] => {
  const placed = new Set(assigned.map(({ path }) => path));
  return kept.flatMap(({ origin: _, ...file }) =>
    placed.has(file.path) ? [] : [{ ...file, folder: folderOf(file.scan ?? file.path) }],
  );
};

const isSkipped = (file: Classified): boolean =>
  (file.class === "ignored" && !isKept(file)) || file.class === "derivative";

/** Every file of the dataset (or of the folders that are looked at) with its scan and role. */
const assign = (files: readonly Classified[], contents: ReadonlyMap<string, FileContent>): PlannedFile[] => {
  const { scans, shared } = groupScans(files);
  const ignored = files.filter(isKept);
  const of = (path: string, folder: string, scan: string | null, role: string): PlannedFile => {
    const { size, sha256, version = null } = contents.get(path) ?? { size: 0, sha256: "" };
    return { path, size, sha256, version, folder, scan, role };
  };
  return [
    ...scans.flatMap(({ name, files }) =>
      files.map(({ path, role }) => of(path, folderOf(name.path), name.path, role)),
    ),
    ...ignored.map(({ path }) => of(path, scanFolderOf(path), null, "ignored")),
    ...shared.map((file) =>
      of(file.path, folderOf(file.path), null, file.class === "metadata" ? file.kind : "companion"),
    ),
  ];
};

const countByReason = (skipped: readonly Classified[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const file of skipped) {
    const reason = file.class === "ignored" ? file.because : file.class;
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
};
