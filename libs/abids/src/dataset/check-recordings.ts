import type { BidsName } from "../bids-name.ts";
import { type DatasetFinding, finding } from "../dataset-finding.ts";

/** Formats of several files: each names the others that it cannot be read without. */
const needed: ReadonlyMap<string, readonly string[]> = new Map([
  // BIDS, "BrainVision": three files of one name.
  [".vhdr", [".eeg", ".vmrk"]],
  [".eeg", [".vhdr"]],
  [".vmrk", [".vhdr"]],
  // The `.set` file alone says how `.fdt` is to be read, and may hold the data itself.
  [".fdt", [".set"]],
]);

/** Formats of which each holds a whole recording. */
const whole: ReadonlySet<string> = new Set([".edf", ".bdf", ".vhdr", ".set", ".nwb", ".mefd", ".snirf"]);

const suffixes: ReadonlySet<string> = new Set(["eeg", "ieeg", "emg", "nirs"]);

/**
 * What is wrong with the recordings of one folder, by path: files of a format that misses another of its files, and one
 * recording in two formats, of which nobody knows which one counts. `base`: of the dataset, with a closing slash.
 */
export const faultsOfRecordings = (names: readonly BidsName[], base: string): ReadonlyMap<string, DatasetFinding> => {
  const recordings = names.filter(({ suffix, datatype }) => datatype !== null && suffixes.has(suffix));
  const faults = new Map<string, DatasetFinding>();
  for (const files of Map.groupBy(recordings, stemOf).values()) {
    const extensions = new Set(files.map(({ extension }) => extension));
    const [first, ...others] = files.filter(({ extension }) => whole.has(extension));
    for (const { path, extension } of files) {
      const missing = (needed.get(extension) ?? []).filter((one) => !extensions.has(one));
      if (missing.length > 0)
        faults.set(
          path,
          finding("missing-companion", base + path, `is there without its ${missing.join(" and ")} file`),
        );
    }
    for (const { path } of others)
      if (!faults.has(path))
        faults.set(
          path,
          finding("duplicate-recording", base + path, `is the recording that ${nameOf(first)} holds in another format`),
        );
  }
  return faults;
};

const stemOf = ({ path, extension }: BidsName): string => path.slice(0, path.length - extension.length);
const nameOf = (name: BidsName | undefined): string => name?.path.slice(name.path.lastIndexOf("/") + 1) ?? "";
