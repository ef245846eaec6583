import { type Entities, nameRules } from "@rollerblade/abids";
import { labelOf } from "../survey/load-tables.ts";
import type { SourceImage } from "../survey/source-image.ts";

/** What an image probably is, or why it is probably not wanted. */
export type Guess =
  | { readonly is: "image"; readonly datatype: string; readonly suffix: string; readonly entities: Entities }
  | { readonly is: "ignored"; readonly reason: string };

const image = (datatype: string, suffix: string, entities: Entities = {}): Guess => ({
  is: "image",
  datatype,
  suffix,
  entities,
});
const ignored = (reason: string): Guess => ({ is: "ignored", reason });

/** Modalities of DICOM that BIDS has a place for. */
const modalities = new Set(["MR", "PT", ""]);

/**
 * Guesses the name of an image: what dcm2niix guesses from the sequence (`BidsGuess`), corrected by what the people of the scanner
 * called it. Pure; a person reads the result before anything is converted.
 */
export const guessName = (source: SourceImage): Guess => {
  const guess = guessKind(source);
  return guess.is === "image" && guess.datatype === "func"
    ? image(guess.datatype, guess.suffix, { ...guess.entities, ...partEntities(source) })
    : guess;
};

/** Echoes and phase of a functional run, which dcm2niix writes as images of their own. */
const partEntities = ({ reading }: SourceImage): Entities => {
  const part = reading.by === "dcm2niix" ? reading.part : "";
  const [, echo] = /_e(\d+)/.exec(part) ?? [];
  return { ...(echo !== undefined && { echo }), ...(/_ph(?:_|$)/.test(part) && { part: "phase" }) };
};

const guessKind = (source: SourceImage): Guess => {
  const modality = String(source.series?.Modality ?? "");
  if (!modalities.has(modality)) return ignored(`BIDS has no place for the modality ${modality}`);
  if (source.faults.length > 0) return ignored(source.faults.join("; "));
  const words = wordsOf(source);
  if (source.kind === "files") return byWords(words, source) ?? ignored("nobody knows what it is: write a rule");
  const unwanted = unwantedSeries(source, words);
  if (unwanted !== null) return ignored(unwanted);
  const guessed = bidsGuess(source);
  const named = byWords(words, source);
  if (guessed === null) return named ?? ignored("nobody knows what it is: write a rule");
  if (guessed.is === "ignored" || named === null || named.is === "ignored") return guessed;
  return guessed.datatype === named.datatype || named.datatype === ""
    ? refined(guessed, named)
    : settled(guessed, named);
};

/** What stands in names and descriptions, in lower case and with blanks between words. */
const wordsOf = ({ series, path }: SourceImage): string => {
  const text =
    series === null
      ? path
      : `${series.SeriesDescription ?? ""} ${series.ProtocolName ?? ""} ${series.SequenceName ?? ""}`;
  return text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/\.(?:nii|gz|hdr|img|mgz|mgh|par|dcm)\b/g, " ")
    .replace(/[^a-z0-9*]+/g, " ");
};

/** Scouts, maps that the scanner computed, pictures of screens. */
const unwantedSeries = ({ series, sidecar }: SourceImage, words: string): string | null => {
  const types = [...list(series?.ImageType), ...list(sidecar.ImageType)].map((type) => type.toUpperCase());
  if (
    /\b(?:localizer|localiser|loc|scout|survey|3 ?plane|plan|aahead ?scout|aascout|calibration|cal|asset|smartbrain|shim)\b/.test(
      words,
    )
  )
    return "a localizer or a calibration";
  if (types.includes("LOCALIZER")) return "a localizer or a calibration";
  if (/\b(?:phoenix ?zip ?report|physiolog|screen ?save)\b/.test(words)) return "a report";
  if (
    types.some((type) =>
      ["MPR", "PROJECTION IMAGE", "CSAPARALLEL", "CSA MPR", "SCREEN SAVE", "MIP", "MNIP"].includes(type),
    )
  )
    return "computed by the scanner from another series";
  const isComputed = types.some((type) =>
    ["ADC", "FA", "TRACEW", "TRACE", "TENSOR", "TENSOR_B0", "COLFA", "EXP", "TTEST", "GLM", "MOCO"].includes(type),
  );
  return isComputed ? "computed by the scanner from another series" : null;
};

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** `["dwi", "_acq-epb5m3_dir-AP_run-28_dwi"]`. */
const bidsGuess = (source: SourceImage): Guess | null => {
  const { sidecar } = source;
  const [datatype, name] = list(sidecar.BidsGuess);
  if (datatype === undefined || name === undefined) return null;
  if (datatype === "discard")
    return ignored(
      /localizer|scout/i.test(name) ? "a localizer or a calibration" : "dcm2niix takes it for no image of a study",
    );
  if (datatype === "derived") return ignored("computed by the scanner from another series");
  const parts = name.split("_").filter((part) => part !== "");
  const suffix = parts.pop() ?? "";
  if (!nameRules.some((rule) => rule.raw && rule.suffixes.includes(suffix) && rule.datatypes.includes(datatype)))
    return null;
  const entities: { [key: string]: string } = {};
  for (const part of parts) {
    const [key = "", value = ""] = part.split("-");
    if (["dir", "echo", "part", "inv", "flip"].includes(key) && value !== "") entities[key] = value;
  }
  if (datatype === "func") entities.task = taskOf(wordsOf(source));
  return image(datatype, suffix, entities);
};

/** The name of a task in a description; what is called nothing else is rest, or `unnamed`. */
const taskOf = (words: string): string => {
  const [, named] = /\btask ?([a-z0-9]+)/.exec(words) ?? [];
  if (named !== undefined) return named;
  return /\b(?:rest|resting|rs ?fmri|rsfmri)\b|rest/.test(words) ? "rest" : "unnamed";
};

/** The order matters: `t2 flair` is FLAIR, and `dti b0` is diffusion. */
const kinds: readonly (readonly [RegExp, string, string])[] = [
  [/\bsbref\b/, "", "sbref"],
  [/\bphase ?diff\b|\bfield ?map\w* .*phase|phase .*\bfield ?map|\bphasediff\b/, "fmap", "phasediff"],
  [/\bmagnitude ?1\b/, "fmap", "magnitude1"],
  [/\bmagnitude ?2\b/, "fmap", "magnitude2"],
  [/\bse ?field ?map|spin ?echo ?field ?map|\bdistortion ?map|\btopup\b|\bse ?epi\b|\bfmap\b/, "fmap", "epi"],
  [/\bp?casl\b|\basl\b|\bpasl\b/, "perf", "asl"],
  [/flair|dark ?fluid/, "anat", "FLAIR"],
  [/\bdwi\b|\bdti\b|diffusion|\bdmri\b|\bhardi\b|\bep2d ?diff|\bdiff\b|\bmddw\b/, "dwi", "dwi"],
  [/\bbold\b|\bfmri\b|\brfmri\b|\btfmri\b|\brest\b|resting|\btask\b|\bfunc\b|\bfid ?bold\b/, "func", "bold"],
  [/mp2rage.*\buni\b|\buni ?images?\b/, "anat", "UNIT1"],
  [/mp ?rage|\bt1w?\b|\bt1 |\bmpr\b|\bspgr\b|\bbravo\b|\btfl\b|\banat\d?\b|\bt1tfe\b|\b3d ?tfe\b/, "anat", "T1w"],
  [/\bt2 ?star|\bt2\*|\bt2s\b/, "anat", "T2starw"],
  [/\bt2w?\b|\bt2 |\bspace\b|\btse\b/, "anat", "T2w"],
  [/\bpdw?\b|proton ?density/, "anat", "PDw"],
  [/\bswi\b/, "swi", "swi"],
  [/\bpet\b|\bpib\b|\bfdg\b|\bav45\b/, "pet", "pet"],
];

const byWords = (words: string, source: SourceImage): Guess | null => {
  const found = kinds.find(([form]) => form.test(words));
  if (found === undefined) return byShape(source);
  const [, datatype, suffix] = found;
  return image(datatype, suffix, { ...(suffix === "bold" && { task: taskOf(words) }), ...direction(words, datatype) });
};

/** Many volumes of a loose image are a functional run. */
const byShape = ({ kind, image: header }: SourceImage): Guess | null =>
  kind === "files" && typeof header?.volumes === "number" && header.volumes > 20
    ? image("func", "bold", { task: "unnamed" })
    : null;

const direction = (words: string, datatype: string): Entities => {
  if (datatype === "anat" || datatype === "perf" || datatype === "pet") return {};
  const [found] = /\b(?:ap|pa|lr|rl|is|si)\b/.exec(words) ?? [];
  return found === undefined ? {} : { dir: found.toUpperCase() };
};

/** People's own words decide between what one sequence can be; the sequence decides the rest. */
const refined = (guessed: Guess & { is: "image" }, named: Guess & { is: "image" }): Guess => {
  const prefers = [
    "FLAIR",
    "UNIT1",
    "sbref",
    "T2starw",
    "T1w",
    "T2w",
    "phasediff",
    "magnitude1",
    "magnitude2",
  ].includes(named.suffix);
  const suffix = prefers && guessed.datatype !== "fmap" ? named.suffix : guessed.suffix;
  return image(guessed.datatype, suffix, {
    ...named.entities,
    ...guessed.entities,
    ...(named.entities.task !== undefined && { task: named.entities.task }),
  });
};

/** A spin-echo EPI is a field map where it is called one, and a gradient-echo EPI a functional run where it is called one. */
const settled = (guessed: Guess & { is: "image" }, named: Guess & { is: "image" }): Guess => {
  if (named.datatype === "fmap" && guessed.datatype !== "anat")
    return image("fmap", named.suffix, { ...named.entities, ...dirOf(guessed.entities) });
  if (named.datatype === "perf" || named.datatype === "dwi")
    return image(named.datatype, named.suffix, { ...named.entities, ...dirOf(guessed.entities) });
  return guessed;
};

const dirOf = ({ dir }: Entities): Entities => (dir === undefined ? {} : { dir });

/** A label of BIDS that tells one description from another. */
export const labelOfDescription = (description: string): string => labelOf(description).slice(0, 24);
