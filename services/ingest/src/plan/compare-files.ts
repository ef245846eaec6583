import type { Plan, PlannedFile, PlannedScan, RecordedFile } from "./plan.ts";

/** What changes between the files that a dataset has and those that it is to have. */
export const compareFiles = (
  recorded: readonly RecordedFile[],
  after: readonly PlannedFile[],
): Omit<Plan, "skipped"> => {
  const before = new Map(recorded.map((file) => [file.path, file]));
  const now = new Set(after.map(({ path }) => path));
  const remove = recorded.map(({ path }) => path).filter((path) => !now.has(path));
  const put = after.filter((file) => before.get(file.path)?.sha256 !== file.sha256);
  const record = after.filter(({ path, sha256, scan, role }) => {
    const old = before.get(path);
    return old?.sha256 !== sha256 || old.scan !== scan || old.role !== role;
  });
  const isRenewed = ({ path, sha256, version }: PlannedFile): boolean => {
    const old = before.get(path);
    return old?.sha256 === sha256 && (old.version ?? null) !== (version ?? null);
  };
  const touched = new Set(record.map(({ scan }) => scan));
  for (const path of [...remove, ...record.map((file) => file.path)]) touched.add(before.get(path)?.scan ?? null);
  const addedPaths = put.flatMap(({ path }) => (before.has(path) ? [] : [path]));
  const changedPaths = put.flatMap(({ path }) => (before.has(path) ? [path] : []));
  return {
    put,
    addedPaths,
    changedPaths,
    record,
    renew: after.filter(isRenewed),
    remove,
    ...scansOf(recorded, after, touched),
    metadata: record.filter(({ scan }) => scan === null),
    metadataRemoved: remove.filter((path) => before.get(path)?.role.startsWith("image") !== true),
    files: {
      added: addedPaths.length,
      changed: changedPaths.length,
      removed: remove.length,
      unchanged: after.length - put.length,
    },
  };
};

/** Scans by what became of them; `touched` are those of which any file changed, came or went. */
const scansOf = (
  recorded: readonly RecordedFile[],
  after: readonly PlannedFile[],
  touched: ReadonlySet<string | null>,
): Pick<Plan, "scansUploaded" | "scansRemoved" | "scans"> => {
  const [old, current] = [byScan(recorded), byScan(after)];
  const scansUploaded = [...current].flatMap(([path, files]): PlannedScan[] =>
    touched.has(path) ? [{ path, files }] : [],
  );
  const scansRemoved = [...old.keys()].filter((path) => !current.has(path));
  const added = scansUploaded.filter(({ path }) => !old.has(path)).length;
  const scans = {
    added,
    changed: scansUploaded.length - added,
    removed: scansRemoved.length,
    unchanged: current.size - scansUploaded.length,
  };
  return { scansUploaded, scansRemoved, scans };
};

const byScan = <F extends { scan: string | null }>(files: readonly F[]): Map<string, F[]> => {
  const scans = new Map<string, F[]>();
  for (const file of files) {
    if (file.scan === null) continue;
    const known = scans.get(file.scan);
    if (known === undefined) scans.set(file.scan, [file]);
    else known.push(file);
  }
  return scans;
};
