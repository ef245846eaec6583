import { type Classified, classify, groupScans } from "@rollerblade/abids";
import { checkManifest } from "./check-manifest.ts";
import { compareFiles } from "./compare-files.ts";
import type { FileContent, PlanInput, Planned, PlannedFile, RecordedFile } from "./plan.ts";

/** Decides what an import does to its dataset, or names every problem. Pure: the same input gives the same plan. */
export const planImport = (input: PlanInput): Planned => {
  const classified = input.manifest.map((file) => ({ file, is: classify(file.path, input) }));
  const taking = classified.filter(({ is }) => !isSkipped(is));
  const incoming = new Map(taking.map(({ file }) => [file.path, file]));
  const kept = input.recorded.filter((file) => !incoming.has(file.path) && stays(file, input));
  const findings = checkManifest(input, taking, [...incoming.keys(), ...kept.map(({ path }) => path)]);
  if (findings.length > 0) return { accepted: false, findings };

  const contents = new Map<string, FileContent>([...kept.map((file) => [file.path, file] as const), ...incoming]);
  const after = assign([...taking.map(({ is }) => is), ...kept.map(({ path }) => classify(path, input))], contents);
  const skipped = classified.map(({ is }) => is).filter(isSkipped);
  return { accepted: true, plan: { ...compareFiles(input.recorded, after), skipped: countByReason(skipped) } };
};

const isSkipped = (file: Classified): boolean => file.class === "ignored" || file.class === "derivative";

/** A mirror takes away what an earlier mirror brought and what is not there any more; it never takes what was added by hand. */
const stays = (file: RecordedFile, { mode }: PlanInput): boolean => mode === "add" || file.origin === "add";

/** Every file of the dataset (or of the folders that are looked at) with its scan and role. */
const assign = (files: readonly Classified[], contents: ReadonlyMap<string, FileContent>): PlannedFile[] => {
  const { scans, shared } = groupScans(files);
  const of = (path: string, folder: string, scan: string | null, role: string): PlannedFile => {
    const { size, sha256 } = contents.get(path) ?? { size: 0, sha256: "" };
    return { path, size, sha256, folder, scan, role };
  };
  return [
    ...scans.flatMap(({ name, files }) =>
      files.map(({ path, role }) => of(path, folderOf(name.path), name.path, role)),
    ),
    ...shared.map((file) =>
      of(file.path, folderOf(file.path), null, file.class === "metadata" ? file.kind : "companion"),
    ),
  ];
};

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** The folder whose files decide which scan this one belongs to, for any path; empty at the root. */
export const scanFolderOf = (path: string): string => {
  const is = classify(path, { type: "derivative" });
  return folderOf(is.path);
};

const countByReason = (skipped: readonly Classified[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const file of skipped) {
    const reason = file.class === "ignored" ? file.because : file.class;
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
};
