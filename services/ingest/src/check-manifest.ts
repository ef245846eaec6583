import type { Classified } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import type { FileContent, PlanInput } from "./plan.ts";

type Taken = { readonly file: FileContent; readonly is: Classified };

/** One event names all files of a scan and has at most 512 KiB. */
const mostOfScan = 400 * 1024;

/** Everything that keeps these files from being (part of) a BIDS dataset. `paths`: all that it would hold afterwards. */
export const checkManifest = (input: PlanInput, taking: readonly Taken[], paths: readonly string[]): Finding[] => [
  ...(input.hasDescription || paths.includes("dataset_description.json") ? [] : [noDescription]),
  ...(input.mode === "mirror" || taking.length > 0 ? [] : [nothing]),
  ...taking.flatMap((one) => faultsOf(one, input)),
  ...nested(paths),
  ...largeScans(taking),
];

const noDescription: Finding = {
  where: "dataset_description.json",
  message: 'is missing; BIDS requires it, at least {"Name": "…", "BIDSVersion": "1.11.1"}',
};
const nothing: Finding = { where: "", message: "nothing was sent that BIDS has a name for" };

const faultsOf = ({ file, is }: Taken, { mode, faults }: PlanInput): Finding[] => {
  if (is.class === "invalid") {
    const hint = is.nearest === null ? "" : `; did you mean ${is.nearest}?`;
    return [{ where: file.path, message: `${is.reason}${hint}` }];
  }
  const isDocument = is.class === "metadata" && is.kind === "document";
  if (mode === "add" && isDocument && file.path.includes("/"))
    return [
      { where: file.path, message: "only scans and their metadata can be added; import the whole dataset instead" },
    ];
  const fault = isDocument || is.class === "data" || !file.path.endsWith(".json") ? undefined : faults.get(file.sha256);
  return fault === undefined ? [] : [{ where: file.path, message: fault }];
};

/** A path that is both a file and a folder, which no store can hold. */
const nested = (paths: readonly string[]): Finding[] => {
  const all = new Set(paths);
  return paths.flatMap((path) => {
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const parent = path.slice(0, slash);
      if (all.has(parent)) return [{ where: path, message: `lies in ${parent}, which is a file` }];
    }
    return [];
  });
};

const largeScans = (taking: readonly Taken[]): Finding[] => {
  const bytes = new Map<string, number>();
  for (const { file, is } of taking) {
    if (is.class !== "data" || is.inside === null) continue;
    bytes.set(is.path, (bytes.get(is.path) ?? 0) + 2 * Buffer.byteLength(file.path) + 100);
  }
  return [...bytes].flatMap(([where, sum]) =>
    sum > mostOfScan
      ? [{ where, message: "is a folder of more files than one scan can have; keep it as one file" }]
      : [],
  );
};
