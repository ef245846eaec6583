import { type Classified, type FolderScan, folderScan, isPointerFault, tooManyFiles } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import type { FileContent, PlanInput } from "./plan.ts";

/** A file of a manifest with what it is. */
export type Taken = { readonly file: FileContent; readonly is: Classified };

/** What is wrong with files: some take no part for it, of others only the content cannot be read. */
export type ManifestFaults = { readonly leftOut: ReadonlySet<string>; readonly findings: readonly Finding[] };

/** Everything that keeps these files from being part of a BIDS dataset. */
export const checkManifest = (input: PlanInput, taking: readonly Taken[]): ManifestFaults => {
  const large = largeScans(taking);
  const out = taking.flatMap((one) => faultOfName(one, input, large));
  const leftOut = new Set(out.map(({ where }) => where));
  const unread = taking.flatMap((one) => (leftOut.has(one.file.path) ? [] : faultOfContent(one, input)));
  const scans = [...large].map((where) => ({ where, message: tooManyFiles }));
  return { leftOut, findings: [...out.filter(({ message }) => message !== ""), ...scans, ...unread] };
};

const faultOfName = (
  { file, is }: Taken,
  { mode, notFolders, faults }: PlanInput,
  large: ReadonlySet<string>,
): Finding[] => {
  const where = file.path;
  if (is.class === "invalid")
    return [{ where, message: `${is.reason}${is.nearest === null ? "" : `; did you mean ${is.nearest}?`}` }];
  // A placeholder is not content, whatever it is called and however it came.
  const fault = faults.get(file.sha256);
  if (fault !== undefined && isPointerFault(fault)) return [{ where, message: fault }];
  if (mode === "upload" && is.class === "metadata" && is.kind === "document" && where.includes("/"))
    return [{ where, message: "only scans and their metadata can be added; import the whole dataset instead" }];
  const parent = parentsOf(where).find((folder) => notFolders.has(folder));
  if (parent !== undefined) return [{ where, message: `lies in ${parent}, which is a file` }];
  // Reported once, for the scan.
  return is.class === "data" && large.has(is.path) ? [{ where, message: "" }] : [];
};

const faultOfContent = ({ file, is }: Taken, { faults }: PlanInput): Finding[] => {
  const isRead =
    file.path.endsWith(".json") &&
    is.class !== "ignored" &&
    is.class !== "data" &&
    !(is.class === "metadata" && is.kind === "document");
  const message = isRead ? faults.get(file.sha256) : undefined;
  return message === undefined ? [] : [{ where: file.path, message }];
};

/** The folders above a path. */
export const parentsOf = (path: string): string[] => {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
};

const largeScans = (taking: readonly Taken[]): Set<string> => {
  const scans = new Map<string, FolderScan>();
  for (const { file, is } of taking) {
    if (is.class !== "data" || is.inside === null) continue;
    const scan = scans.get(is.path) ?? folderScan();
    scan.add(file.path);
    scans.set(is.path, scan);
  }
  return new Set([...scans].flatMap(([path, scan]) => (scan.isTooLarge() ? [path] : [])));
};
