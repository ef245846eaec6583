import type { BidsName } from "./bids-name.ts";

/** Which data files a file of some suffix goes with, and which entities it may have that their names do not have. */
type Association = { readonly of: (data: BidsName) => boolean; readonly extra: readonly string[] };

const recordings: ReadonlySet<string> = new Set(["eeg", "emg", "ieeg", "meg", "nirs", "motion"]);
const isRecording = (data: BidsName): boolean => recordings.has(data.suffix);
const isSuffix =
  (...suffixes: readonly string[]) =>
  (data: BidsName): boolean =>
    suffixes.includes(data.suffix);
// A single-band reference stands beside its run and has the same entities, but no time course.
const hasTime = (data: BidsName): boolean => data.suffix !== "sbref" && data.suffix !== "noRF";

/** From `meta.associations` of the schema and the pages of the single datatypes. */
const associations: Readonly<Record<string, Association>> = {
  events: { of: hasTime, extra: [] },
  physio: { of: hasTime, extra: ["recording"] },
  physioevents: { of: hasTime, extra: ["recording"] },
  stim: { of: hasTime, extra: ["recording"] },
  aslcontext: { of: isSuffix("asl"), extra: [] },
  asllabeling: { of: isSuffix("asl"), extra: [] },
  blood: { of: isSuffix("pet"), extra: ["recording"] },
  channels: { of: isRecording, extra: [] },
  electrodes: { of: isRecording, extra: ["space"] },
  coordsystem: { of: isRecording, extra: ["space"] },
  optodes: { of: isSuffix("nirs"), extra: ["space"] },
  headshape: { of: isSuffix("meg"), extra: ["acq"] },
  markers: { of: isSuffix("meg"), extra: ["acq", "space"] },
  photo: { of: (data) => isRecording(data) || data.datatype === "micr", extra: ["acq"] },
};

/** Extensions of files that cannot stand alone: they complete the data file of the same name. */
const secondary: Readonly<Record<string, readonly string[]>> = {
  eeg: [".eeg", ".vmrk", ".fdt"],
  ieeg: [".eeg", ".vmrk", ".fdt"],
  meg: [".mrk", ".mhd", ".trg", ".chn", ".dat"],
};
const always: ReadonlySet<string> = new Set([".json", ".bval", ".bvec"]);

/** Whether a file of a datatype folder goes with a data file, rather than being one. */
export const isCompanionName = (name: BidsName): boolean =>
  always.has(name.extension) ||
  name.suffix in associations ||
  (secondary[name.suffix]?.includes(name.extension) ?? false) ||
  isCalibration(name);

/** Maxfilter's files: they belong to every MEG recording of the session. */
const isCalibration = (name: BidsName): boolean =>
  name.suffix === "meg" && (name.entities.acq === "calibration" || name.entities.acq === "crosstalk");

/** Entities that a companion may have although its data file does not have them. */
export const extraEntities = (companion: BidsName): readonly string[] =>
  isCalibration(companion) ? ["acq"] : (associations[companion.suffix]?.extra ?? []);

/** Whether companions of this suffix go with such data at all, the entities aside. */
export const goesWith = (companionSuffix: string, data: BidsName): boolean =>
  companionSuffix === data.suffix || (associations[companionSuffix]?.of(data) ?? false);

/** Suffixes whose files may go with this data file. */
export const companionSuffixes = (data: BidsName): readonly string[] => [
  data.suffix,
  ...Object.keys(associations).filter((suffix) => suffix !== data.suffix && goesWith(suffix, data)),
];

/** What a companion is to its data file: `json`, `bval`, `events.tsv`, `recording-cardiac_physio.tsv.gz`. */
export const roleOf = (companion: BidsName, data: BidsName): string => {
  const extras = Object.entries(companion.entities).filter(([key]) => !(key in data.entities));
  const replaced = isCalibration(companion) ? [["acq", companion.entities.acq]] : extras;
  const isSame = companion.suffix === data.suffix && replaced.length === 0;
  if (isSame) return companion.extension.slice(1);
  return [...replaced.map(([key, value]) => `${key}-${value}`), companion.suffix].join("_") + companion.extension;
};
