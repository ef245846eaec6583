import { availableParallelism } from "node:os";
import { isJsonObject, type Json, type JsonObject, readImageHeader } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import { type DicomHeader, isDicomDirectory, readDicomHeader } from "../dicom/dicom-header.ts";
import { type DicomSeries, groupSeries } from "../dicom/dicom-series.ts";
import type { Dcm2niix } from "../dicom/find-dcm2niix.ts";
import { runDcm2niix } from "../dicom/run-dcm2niix.ts";
import { formatOf } from "../images/image-format.ts";
import { type ImageLayout, readLayout } from "../images/read-image.ts";
import { writeHead } from "../images/write-image.ts";
import type { Source } from "../source/open-source.ts";
import { nameOf, type SourceFile } from "../source/source-file.ts";
import type { Companions, SourceImage } from "./source-image.ts";

/** A file that takes no part, whatever a mapping says, and why. */
export type Settled = { readonly path: string; readonly reason: string };

/** What there is in a source. */
export type Survey = {
  readonly images: readonly SourceImage[];
  /** Tables, texts and everything else. */
  readonly others: readonly SourceFile[];
  readonly settled: readonly Settled[];
};

/** Progress of a survey. */
export type SurveyProgress = (phase: "files" | "series", done: number, total: number) => void;

/** Finds all images of a source; `dcm2niix` is asked for only where there is something for it to read. */
export const surveySource = async (
  source: Source,
  findProgram: () => Promise<Dcm2niix>,
  progress: SurveyProgress = () => {},
): Promise<Survey> => {
  const settled: Settled[] = [];
  const loose = takeLoose(source.files);
  const { headers, others, damaged } = await sortRest(loose.rest, settled, progress);
  const { series, copies } = groupSeries(headers);
  for (const { header, of } of copies)
    settled.push({ path: header.file.path, reason: `a copy of ${of.file.path}: the same instance of DICOM` });
  const limit = pLimit(availableParallelism());
  let done = 0;
  const total = series.length + loose.recs.length;
  const counted = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await work;
    done += 1;
    progress("series", done, total);
    return result;
  };
  const converted = await Promise.all([
    ...series.map((one) => limit(() => counted(imagesOfSeries(one, findProgram, source.scratch)))),
    ...loose.recs.map((files) => limit(() => counted(imagesOfRec(files, findProgram, source.scratch)))),
  ]);
  const plain = await Promise.all(loose.images.map((one) => limit(() => imageOfFiles(one))));
  return { images: [...plain, ...converted.flat(), ...damaged].sort(byPath), others, settled };
};

const byPath = (a: SourceImage, b: SourceImage): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

type Loose = { readonly header: SourceFile; readonly voxels: SourceFile; readonly companions: Companions };

/** Separates loose images with their companions from everything else. */
const takeLoose = (files: readonly SourceFile[]) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const taken = new Set<string>();
  const take = (paths: readonly string[]): SourceFile | null => {
    const path = paths.find((one) => byPath.has(one) && !taken.has(one));
    if (path === undefined) return null;
    taken.add(path);
    return byPath.get(path) ?? null;
  };
  const images: Loose[] = [];
  const recs: SourceFile[][] = [];
  for (const file of files) {
    const format = formatOf(file.path);
    if (/\.par$/i.test(file.path)) {
      const rec = take(eitherCase(file.path.slice(0, -4), [".rec"]));
      if (rec === null) continue;
      taken.add(file.path);
      recs.push([file, rec]);
    } else if (format !== null) {
      const stem = file.path.replace(/\.(?:nii\.gz|[^.]+)$/i, "");
      const voxels = format === "analyze" ? take(eitherCase(stem, [".img"])) : file;
      if (voxels === null) continue;
      taken.add(file.path);
      const companion = (extensions: readonly string[]) => take(eitherCase(stem, extensions));
      const companions = {
        sidecar: companion([".json"]),
        bval: companion([".bval", ".bvals"]),
        bvec: companion([".bvec", ".bvecs"]),
      };
      images.push({ header: file, voxels, companions });
    }
  }
  return { images, recs, rest: files.filter(({ path }) => !taken.has(path)) };
};

const eitherCase = (stem: string, extensions: readonly string[]): readonly string[] =>
  extensions.flatMap((extension) => [stem + extension, stem + extension.toUpperCase()]);

/** Extensions of files that are no DICOM, so that nobody looks into them. */
const notDicom =
  /\.(?:txt|csv|tsv|xlsx?|json|pdf|docx?|log|xml|html?|md|png|jpe?g|gif|zip|gz|tar|bvals?|bvecs?|par|rec|py|m|sh|ya?ml)$/i;

const operatingSystem = /(?:^|\/)(?:\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$/;

/** Reads the headers of DICOM files among the rest. */
const sortRest = async (files: readonly SourceFile[], settled: Settled[], progress: SurveyProgress) => {
  const headers: DicomHeader[] = [];
  const others: SourceFile[] = [];
  const damaged: SourceImage[] = [];
  const limit = pLimit(16);
  let done = 0;
  const sort = async (file: SourceFile): Promise<void> => {
    if (operatingSystem.test(file.path)) settled.push({ path: file.path, reason: "a file of the operating system" });
    else if (isDicomDirectory(file.path))
      settled.push({ path: file.path, reason: "the list of files of a medium (DICOMDIR)" });
    else if (notDicom.test(file.path) && !/\.dcm\.gz$/i.test(file.path)) others.push(file);
    else {
      try {
        const header = await readDicomHeader(file);
        if (header === null) others.push(file);
        else if (header.hasImage) headers.push(header);
        else
          settled.push({
            path: file.path,
            reason: `DICOM without an image (${header.facts.Modality ?? "no modality"})`,
          });
      } catch (error) {
        damaged.push(damagedImage(file, "series", error));
      }
    }
    done += 1;
    if (done % 256 === 0) progress("files", done, files.length);
  };
  await Promise.all(files.map((file) => limit(() => sort(file))));
  // What was read at the same time came in any order.
  headers.sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
  others.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { headers, others, damaged };
};

const nothingBeside: Companions = { sidecar: null, bval: null, bvec: null };

const damagedImage = (file: SourceFile, kind: "files" | "series", error: unknown): SourceImage => ({
  path: file.path,
  kind,
  files: [file],
  reading: { by: "header", files: { header: file, voxels: file }, layout: null, companions: nothingBeside },
  series: null,
  sidecar: {},
  image: null,
  acquired: null,
  texts: [],
  faults: [error instanceof Error ? error.message : String(error)],
});

const imagesOfSeries = async (
  series: DicomSeries,
  findProgram: () => Promise<Dcm2niix>,
  scratch: string,
): Promise<readonly SourceImage[]> => {
  const [first] = series.headers;
  if (first === undefined) return [];
  const files = series.headers.map(({ file }) => file);
  const texts = [...new Set(series.headers.flatMap((header) => header.texts))];
  const common = { kind: "series" as const, path: first.file.path, files, texts };
  const image = (part: string, sidecar: JsonObject, faults: readonly string[]): SourceImage => ({
    ...common,
    reading: { by: "dcm2niix", part },
    series: { ...series.facts, part },
    sidecar,
    image: null,
    acquired: series.acquired ?? acquiredIn(sidecar),
    faults,
  });
  // What is cut off or incomplete is not converted, so that it need not be tried.
  if (series.faults.length > 0) return [image("", {}, series.faults)];
  try {
    const { images } = await runDcm2niix(await findProgram(), files, scratch, "sidecars");
    return images.map(({ part, sidecar }) => image(part, sidecar, []));
  } catch (error) {
    if (error instanceof Problem) throw error;
    return [image("", {}, [error instanceof Error ? error.message : String(error)])];
  }
};

/** Philips' PAR and REC, which dcm2niix reads, are loose files to a mapping. */
const imagesOfRec = async (
  files: readonly SourceFile[],
  findProgram: () => Promise<Dcm2niix>,
  scratch: string,
): Promise<readonly SourceImage[]> => {
  const [par] = files;
  if (par === undefined) return [];
  try {
    const { images } = await runDcm2niix(await findProgram(), files, scratch, "sidecars");
    return images.map(({ part, sidecar }) => ({
      ...damagedImage(par, "files", ""),
      files,
      reading: { by: "dcm2niix", part },
      sidecar,
      acquired: acquiredIn(sidecar),
      texts: [sidecar.PatientName, sidecar.PatientID].flatMap((text) => (typeof text === "string" ? [text] : [])),
      faults: [],
    }));
  } catch (error) {
    // That there is no dcm2niix is nobody's fault but the machine's.
    if (error instanceof Problem) throw error;
    return [{ ...damagedImage(par, "files", error), files }];
  }
};

const imageOfFiles = async ({ header, voxels, companions }: Loose): Promise<SourceImage> => {
  const files = [header, ...(voxels === header ? [] : [voxels])];
  const beside = Object.values(companions).flatMap((file) => file ?? []);
  const common = { ...damagedImage(header, "files", ""), files: [...files, ...beside] };
  try {
    const sidecar = companions.sidecar === null ? {} : await readSidecar(companions.sidecar);
    const layout = await readLayout({ header, voxels }, null);
    return {
      ...common,
      reading: { by: "header", files: { header, voxels }, layout, companions },
      sidecar,
      image: factsOfLayout(nameOf(header.path), layout),
      acquired: acquiredIn(sidecar),
      texts: [],
      faults: [],
    };
  } catch (error) {
    return { ...damagedImage(header, "files", error), files: common.files };
  }
};

/** Bytes of a sidecar that are read. */
const maxSidecarBytes = 16 * 2 ** 20;

const readSidecar = async (file: SourceFile): Promise<JsonObject> => {
  if (file.size > maxSidecarBytes) throw new Error(`${file.path} is larger than a sidecar can be`);
  try {
    const value: Json = JSON.parse((await file.read()).toString("utf8").replace(/^\uFEFF/, ""));
    if (isJsonObject(value)) return value;
  } catch {
    // The same message as for what is JSON and no object.
  }
  throw new Error(`has the sidecar ${file.path}, which is not a JSON object`);
};

/** What queries ask of the header of an image. */
const factsOfLayout = (name: string, { header }: Pick<ImageLayout, "header">): JsonObject | null => {
  const head = writeHead(header);
  const { image } = readImageHeader(`${name}.nii`, head, Number.MAX_SAFE_INTEGER);
  return image === null ? null : { ...image, volumes: image.dims[3] ?? 1 };
};

/** `AcquisitionDateTime` of a sidecar, or its time alone: within one session that is enough for an order. */
const acquiredIn = ({ AcquisitionDateTime: both, AcquisitionTime: time }: JsonObject): string | null => {
  const [, date = "", at = ""] = typeof both === "string" ? (/^(\d{4}-?\d\d-?\d\d)T(.+)$/.exec(both) ?? []) : [];
  if (date !== "") return `${date.replaceAll("-", "")}T${at.replaceAll(":", "")}`;
  return typeof time === "string" && /^\d/.test(time) ? `T${time.replaceAll(":", "")}` : null;
};
