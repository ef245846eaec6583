import { gunzipSync } from "node:zlib";
import type { JsonObject } from "@rollerblade/abids";
import dicomParser, { type DataSet } from "dicom-parser";
import type { SourceFile } from "../source/source-file.ts";
import { identifyingTexts } from "./identifying-texts.ts";

/** What a conversion has to know of one DICOM file before `dcm2niix` reads it. */
export type DicomHeader = {
  readonly file: SourceFile;
  readonly seriesUid: string;
  readonly instanceUid: string;
  /** Values by DICOM's keywords: `SeriesDescription`, `PatientID` … */
  readonly facts: JsonObject;
  /** `20190124T103514.000000`, or null where the file does not state it. */
  readonly acquired: string | null;
  /** Position and direction of a slice; null of what is not one slice (mosaics, multi-frame files). */
  readonly slice: { readonly distance: number; readonly orientation: string } | null;
  /** False of reports, structures and the like. */
  readonly hasImage: boolean;
  /** Whether names may be written into the picture itself. */
  readonly isBurnedIn: boolean;
  /** Bytes of pixels that are missing at the end of the file. */
  readonly missingBytes: number;
  /** Texts that name or describe a person. */
  readonly texts: readonly string[];
};

/** Headers of single-frame files fit into this; those of multi-frame files do not, and are read whole. */
const headBytes = 128 * 1024;

const pixelData = "x7fe00010";

/** Transfer syntaxes whose pixels have a length that follows from the header (PS3.5, annex A). */
const uncompressed = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]);

/**
 * Reads the header of a DICOM file; null where the file is not DICOM. @throws Error that states what is wrong with a file
 * that begins as DICOM and cannot be read
 */
export const readDicomHeader = async (file: SourceFile): Promise<DicomHeader | null> => {
  const isPacked = /\.gz$/i.test(file.path);
  const head = isPacked ? gunzipSync(await file.read()) : await file.head(Math.min(headBytes, file.size));
  const size = isPacked ? head.length : file.size;
  const isPart10 = head.toString("latin1", 128, 132) === "DICM";
  if (!isPart10 && !isBare(head)) return null;
  const first = parse(head, isPart10);
  // The parser takes the end of what it has for the end of the file.
  const isWhole = first?.elements[pixelData] !== undefined || head.length === size;
  const set = first !== null && isWhole ? first : parse(await file.read(), isPart10);
  if (set === null) throw new Error("is a damaged DICOM file: its header cannot be read");
  return headerOf(file, set, size);
};

/** Files of old scanners have no preamble; their first element is in group 8, or 2. */
const isBare = (head: Buffer): boolean =>
  head.length > 8 && [0x0002, 0x0008].includes(head.readUInt16LE(0)) && head.readUInt16LE(2) <= 0x0018;

/** Whether a file is a DICOMDIR, which lists the files of a medium and holds no image. */
export const isDicomDirectory = (path: string): boolean => /(?:^|\/)DICOMDIR$/i.test(path);

/** Null where the header goes on beyond these bytes, or cannot be read. */
const parse = (bytes: Buffer, isPart10: boolean): DataSet | null => {
  for (const syntax of isPart10 ? [undefined] : ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
    try {
      const set = dicomParser.parseDicom(bytes, {
        untilTag: pixelData,
        ...(syntax !== undefined && { TransferSyntaxUID: syntax }),
      });
      // Everything that is an image states its modality; with the wrong syntax nothing is found where it should be.
      if (isPart10 || set.elements.x00080060 !== undefined) return set;
    } catch {
      // What is cut off is read again with all of its bytes, and what is none of both syntaxes is reported.
    }
  return null;
};

const headerOf = (file: SourceFile, set: DataSet, size: number): DicomHeader => {
  const facts = factsOf(set);
  const imageType = textList(set, "x00080008");
  const isFlat = (set.intString("x00280008") ?? 1) <= 1 && !imageType.includes("MOSAIC");
  return {
    file,
    seriesUid: set.string("x0020000e") ?? file.path,
    instanceUid: set.string("x00080018") ?? file.path,
    facts,
    acquired: acquisitionOf(set),
    slice: isFlat ? sliceOf(set) : null,
    hasImage: set.uint16("x00280010") !== undefined && set.elements[pixelData] !== undefined,
    isBurnedIn: burnedIn(set, imageType),
    missingBytes: missingBytes(set, size),
    texts: identifyingTexts(set),
  };
};

/** Facts by keyword and tag. Ages are years. */
const textTags = {
  SeriesDescription: "x0008103e",
  ProtocolName: "x00181030",
  StudyDescription: "x00081030",
  PatientID: "x00100020",
  PatientSex: "x00100040",
  StudyDate: "x00080020",
  SeriesDate: "x00080021",
  Modality: "x00080060",
  Manufacturer: "x00080070",
  ManufacturerModelName: "x00081090",
  BodyPartExamined: "x00180015",
  SequenceName: "x00180024",
  StudyID: "x00200010",
  StudyInstanceUID: "x0020000d",
} as const;

const factsOf = (set: DataSet): JsonObject => {
  const facts: { [key: string]: JsonObject[string] } = {};
  for (const [keyword, tag] of Object.entries(textTags)) {
    const value = set.string(tag);
    if (value !== undefined && value !== "") facts[keyword] = value;
  }
  if (typeof facts.SeriesDescription === "string") facts.description = facts.SeriesDescription.toLowerCase();
  const number = set.intString("x00200011");
  if (number !== undefined && Number.isFinite(number)) facts.SeriesNumber = number;
  const age = ageInYears(set.string("x00101010"));
  if (age !== null) facts.PatientAge = age;
  const types = textList(set, "x00080008");
  return types.length === 0 ? facts : { ...facts, ImageType: types };
};

const textList = (set: DataSet, tag: string): readonly string[] =>
  (set.string(tag) ?? "")
    .split("\\")
    .map((text) => text.trim())
    .filter((text) => text !== "");

/** PS3.5, AS: three digits and D, W, M or Y. */
const ageInYears = (text: string | undefined): number | null => {
  const [, digits, unit = ""] = /^(\d{3})([DWMY])$/.exec(text?.trim() ?? "") ?? [];
  const perYear = { D: 365.25, W: 52.18, M: 12, Y: 1 }[unit];
  return digits === undefined || perYear === undefined ? null : Number((Number(digits) / perYear).toFixed(2));
};

/** The earliest statement of when the data were acquired. */
const acquisitionOf = (set: DataSet): string | null => {
  const both = set.string("x0008002a");
  if (both !== undefined && /^\d{14}/.test(both)) return `${both.slice(0, 8)}T${timeOf(both.slice(8))}`;
  for (const [dateTag, timeTag] of [
    ["x00080022", "x00080032"],
    ["x00080021", "x00080031"],
    ["x00080020", "x00080030"],
  ] as const) {
    const [date, time] = [set.string(dateTag)?.replace(/\D/g, ""), set.string(timeTag)];
    if (date?.length === 8 && time !== undefined && /^\d/.test(time)) return `${date}T${timeOf(time)}`;
  }
  return null;
};

const timeOf = (time: string): string => {
  const [whole = "", fraction = ""] = time
    .replaceAll(":", "")
    .replace(/[+-]\d{4}$/, "")
    .split(".");
  return `${whole.padEnd(6, "0").slice(0, 6)}.${fraction.padEnd(6, "0").slice(0, 6)}`;
};

const numbers = (set: DataSet, tag: string): readonly number[] => textList(set, tag).map(Number);

const sliceOf = (set: DataSet): DicomHeader["slice"] => {
  const [position, axes] = [numbers(set, "x00200032"), numbers(set, "x00200037")];
  if (position.length !== 3 || axes.length !== 6 || ![...position, ...axes].every(Number.isFinite)) return null;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = axes;
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const distance = normal.reduce((sum, part, axis) => sum + part * (position[axis] ?? 0), 0);
  return { distance, orientation: axes.map((part) => part.toFixed(2)).join(" ") };
};

/** `BurnedInAnnotation`, and pictures of screens, which hold what stood on them. */
const burnedIn = (set: DataSet, imageType: readonly string[]): boolean =>
  set.string("x00280301")?.trim().toUpperCase() === "YES" ||
  imageType.some((type) => /SCREEN ?SAVE/i.test(type)) ||
  set.string("x00080016")?.startsWith(secondaryCapture) === true;

/** The beginning of the SOP classes of secondary capture (PS3.6, annex A). */
const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

const missingBytes = (set: DataSet, size: number): number => {
  const element = set.elements[pixelData];
  if (element === undefined || !uncompressed.has(set.string("x00020010")?.trim() ?? "")) return 0;
  const [rows, columns, bits] = [set.uint16("x00280010"), set.uint16("x00280011"), set.uint16("x00280100")];
  if (rows === undefined || columns === undefined || bits === undefined) return 0;
  const frames = set.intString("x00280008") ?? 1;
  const samples = set.uint16("x00280002") ?? 1;
  const wanted = Math.floor((rows * columns * bits * samples * frames) / 8);
  return Math.max(0, element.dataOffset + wanted - size);
};
