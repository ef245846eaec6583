import { isJsonObject, type JsonObject } from "@rollerblade/abids";
import { type NiftiHeader, voxelBytesIn } from "../images/nifti-header.ts";
import { orientedAs } from "../images/orientation.ts";
import { writeHead } from "../images/write-image.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { holdsPrivate, type PrivateTexts, privateTexts } from "../private/private-texts.ts";
import type { Source } from "../source/open-source.ts";
import type { SourceFile } from "../source/source-file.ts";
import { labelOf, loadTables } from "../survey/load-tables.ts";
import type { SourceImage } from "../survey/source-image.ts";
import type { Survey } from "../survey/survey-source.ts";
import { composeMetadata } from "./compose-metadata.ts";
import { datasetDocuments } from "./dataset-documents.ts";
import { linkFieldmaps } from "./fieldmaps.ts";
import { headerOfParts } from "./image-header.ts";
import { judgePlan } from "./judge-plan.ts";
import { ignoredFile, type MatchedImage, matchImage } from "./match-images.ts";
import type { Plan, PlanEntry, PlannedWork, Removal } from "./plan.ts";
import { type PlanFinding, type PlannedImage, stemOf } from "./planned-image.ts";
import type { PlannedContent } from "./planned-tree.ts";
import { targetImages } from "./target-images.ts";
import { writeJson } from "./write-tsv.ts";

/** What a plan is made with beside the source and the mapping. */
export type PlanContext = {
  /** Labels of people; by default the name in the source without what BIDS does not allow. */
  readonly labels: { readonly labelOf: (source: string) => string; readonly key: Buffer } | null;
};

/** Plans a conversion: every file of the source with what becomes of it, and the dataset that would be there. */
export const makePlan = async (
  source: Source,
  survey: Survey,
  mapping: Mapping,
  { labels }: PlanContext,
): Promise<Plan> => {
  const findings: PlanFinding[] = source.faults.map(({ path, message }) => ({
    severity: "error",
    where: path,
    message,
  }));
  const entries: PlanEntry[] = [
    ...survey.settled.map(({ path, reason }): PlanEntry => ({ source: path, is: "ignored", targets: [], reason })),
    ...source.faults.map(
      ({ path, message }): PlanEntry => ({ source: path, is: "refused", targets: [], reason: message }),
    ),
  ];
  const { loaded, faults } = await loadTables(mapping.tables, survey.others);
  findings.push(...faults.map((fault) => ({ severity: "error" as const, ...fault })));
  const matched = matchAll(survey.images, mapping, loaded, entries, findings);
  const labelSubject = mapping.labels === "keyed" && labels !== null ? labels.labelOf : labelOf;
  const targets = targetImages(matched, labelSubject);
  findings.push(...targets.findings, ...sharedLabels(targets.images));
  const links = linkFieldmaps(targets.images, mapping.fieldmaps);
  findings.push(...links.findings);
  const used = new Set<string>();
  const work = targets.images.map((image) =>
    workOf(image, links.metadata.get(image.path) ?? {}, survey, mapping, used, findings),
  );
  const documents = datasetDocuments(mapping, targets.images, loaded, labels?.key ?? null, findings);
  const removals: Removal[] = [];
  const files = await contents(work, documents, mapping, removals, findings);
  checkPrivate(work, documents, findings);
  const { findings: judgement, unread } = judgePlan(files);
  addImageEntries(entries, targets, matched);
  addOtherEntries(entries, survey.others, mapping, new Set(loaded.map(({ path }) => path)), used, findings);
  return {
    entries: entries.sort((a, b) => (a.source < b.source ? -1 : 1)),
    ...{ work, documents, removals, findings, judgement, unread },
  };
};

const matchAll = (
  images: readonly SourceImage[],
  mapping: Mapping,
  tables: Parameters<typeof matchImage>[2],
  entries: PlanEntry[],
  findings: PlanFinding[],
): readonly MatchedImage[] => {
  const matched: MatchedImage[] = [];
  const accounted = new Set<string>();
  const account = (image: SourceImage, is: PlanEntry["is"], reason: string): void => {
    for (const { path } of image.files) {
      if (accounted.has(path)) continue;
      accounted.add(path);
      entries.push({ source: path, is, targets: [], reason });
    }
  };
  // Parts of one series share their files: what one part becomes counts before what others are left out for.
  const leftOut: (() => void)[] = [];
  const refuse = (image: SourceImage, message: string): void => {
    findings.push({ severity: "error", where: image.path, message });
    leftOut.push(() => account(image, "refused", message));
  };
  for (const image of images) {
    const match = matchImage(image, mapping, tables);
    if (match.is === "ignored") leftOut.push(() => account(image, "ignored", match.reason));
    else if (match.is === "several") refuse(image, `several rules speak of it: ${match.rules.join(", ")}`);
    else if (match.is === "unnamed") refuse(image, `${match.message} (${match.rule})`);
    else if (match.is === "matched" && image.faults.length > 0) refuse(image, image.faults.join("; "));
    else if (match.is === "matched") matched.push(match.matched);
    else {
      const message = describeUnmatched(image, match.why);
      findings.push({ severity: mapping.unmatched === "error" ? "error" : "warning", where: image.path, message });
      leftOut.push(() => account(image, "unmatched", message));
    }
  }
  for (const { image } of matched) for (const { path } of image.files) accounted.add(path);
  for (const one of leftOut) one();
  return matched;
};

const describeUnmatched = ({ series, faults, files }: SourceImage, why: string): string => {
  const name =
    typeof series?.SeriesDescription === "string"
      ? ` (series "${series.SeriesDescription}", ${files.length} files)`
      : "";
  const part = typeof series?.part === "string" && series.part !== "" ? `, part ${series.part}` : "";
  return [`${why}${name}${part}`, ...faults].join("; ");
};

/** Two people of the source whose names become one label. */
const sharedLabels = (images: readonly PlannedImage[]): readonly PlanFinding[] => {
  const sources = new Map<string, Set<string>>();
  for (const { subject, parts } of images) {
    const known = sources.get(subject) ?? new Set();
    for (const { subject: named } of parts) known.add(named);
    sources.set(subject, known);
  }
  return [...sources].flatMap(([label, names]) =>
    names.size === 1
      ? []
      : [
          {
            severity: "error" as const,
            where: `sub-${label}`,
            message: `is the label of ${names.size} people of the source: ${[...names].slice(0, 5).join(", ")}`,
          },
        ],
  );
};

const workOf = (
  image: PlannedImage,
  linked: JsonObject,
  survey: Survey,
  mapping: Mapping,
  used: Set<string>,
  findings: PlanFinding[],
): PlannedWork => {
  const [first] = image.parts;
  const texts = privateTexts(
    image.parts
      .flatMap((part) => part.image.texts)
      .filter((text) => !(mapping.keep.has("PatientID") && text === first.image.series?.PatientID)),
  );
  const { reading } = first.image;
  const beside = reading.by === "header" && image.parts.length === 1 ? reading.companions : null;
  const shared = (path: string | null, own: SourceFile | null): SourceFile | null => {
    if (path === null) return own;
    const file = survey.others.find((other) => other.path === path) ?? null;
    if (file === null)
      findings.push({
        severity: "error",
        where: image.path,
        message: `there is no file ${path} for it (${first.rule.name})`,
      });
    else used.add(file.path);
    return file;
  };
  return {
    image,
    linked,
    sidecar: first.image.sidecar,
    texts,
    bval: shared(first.rule.bval, beside?.bval ?? null),
    bvec: shared(first.rule.bvec, beside?.bvec ?? null),
  };
};

/** The planned files with their contents, as far as they are known. */
const contents = async (
  work: readonly PlannedWork[],
  documents: Plan["documents"],
  mapping: Mapping,
  removals: Removal[],
  findings: PlanFinding[],
): Promise<ReadonlyMap<string, PlannedContent>> => {
  const files = new Map<string, PlannedContent>();
  for (const [path, text] of documents) files.set(path, { kind: "bytes", bytes: Buffer.from(text) });
  for (const one of work) {
    const stem = stemOf(one.image);
    const { metadata, removed } = composeMetadata(one.image, one.sidecar, one.linked, one.texts, mapping.keep);
    removals.push(...removed.map(({ key, reason }) => ({ target: `${stem}.json`, what: key, reason })));
    files.set(`${stem}.json`, { kind: "bytes", bytes: Buffer.from(writeJson(metadata)) });
    files.set(one.image.path, headerOf(one, removals, findings));
    const [first] = one.image.parts;
    const isDiffusion = one.image.suffix === "dwi" && first.image.reading.by === "dcm2niix";
    for (const [extension, file] of [
      ["bval", one.bval],
      ["bvec", one.bvec],
    ] as const)
      if (file !== null) files.set(`${stem}.${extension}`, { kind: "bytes", bytes: await file.read() });
      else if (isDiffusion) files.set(`${stem}.${extension}`, { kind: "unknown" });
  }
  return files;
};

const headerOf = ({ image }: PlannedWork, removals: Removal[], findings: PlanFinding[]): PlannedContent => {
  const [first] = image.parts;
  const volumes: { path: string; header: NiftiHeader }[] = [];
  for (const { image: part, rule } of image.parts) {
    if (part.reading.by === "dcm2niix" || part.reading.layout === null) return { kind: "unknown" };
    const { layout } = part.reading;
    if (!layout.isOriented && rule.orientation === null) {
      findings.push({
        severity: "error",
        where: part.path,
        message: `nothing states where its axes point to: write orientation: (such as LAS) for ${rule.name}`,
      });
      return { kind: "unknown" };
    }
    const header = layout.isOriented ? layout.header : orientedAs(layout.header, rule.orientation);
    for (const _ of layout.texts)
      removals.push({ target: image.path, what: "a text field", reason: "text in the header of the image" });
    volumes.push({ path: part.path, header });
  }
  try {
    const header = headerOfParts(image, volumes);
    return { kind: "image", header: writeHead(header), size: writeHead(header).length + voxelBytesIn(header) };
  } catch (error) {
    findings.push({
      severity: "error",
      where: first.image.path,
      message: error instanceof Error ? error.message : String(error),
    });
    return { kind: "unknown" };
  }
};

/** No name and no table of the dataset may hold what the headers name a person by. */
const checkPrivate = (work: readonly PlannedWork[], documents: Plan["documents"], findings: PlanFinding[]): void => {
  const all = merged(work.map(({ texts }) => texts));
  for (const { image, texts } of work) {
    if (holdsPrivate(texts, image.path.replaceAll(/[_/]/g, " ")))
      findings.push({
        severity: "error",
        where: image.parts[0].image.path,
        message:
          "its name would hold a text by which its header names the person: write labels: keyed, or keep: [PatientID] where that is a pseudonym already",
      });
    if (holdsIn(image.metadata, texts))
      findings.push({
        severity: "error",
        where: image.path,
        message: "metadata of the mapping would hold a text by which its header names the person",
      });
  }
  for (const [path, text] of documents)
    if (path !== "README.md" && path !== "dataset_description.json" && holdsPrivate(all, text))
      findings.push({
        severity: "error",
        where: path,
        message: "would hold a text by which a header of the source names a person",
      });
};

const merged = (texts: readonly PrivateTexts[]): PrivateTexts => ({
  values: new Set(texts.flatMap(({ values }) => [...values])),
  words: new Set(texts.flatMap(({ words }) => [...words])),
  labels: new Set(texts.flatMap(({ labels }) => [...labels])),
});

const holdsIn = (value: JsonObject[string], texts: PrivateTexts): boolean => {
  if (typeof value === "string") return holdsPrivate(texts, value);
  if (Array.isArray(value)) return value.some((item) => holdsIn(item, texts));
  return (
    value !== null &&
    typeof value === "object" &&
    isJsonObject(value) &&
    Object.values(value).some((item) => holdsIn(item, texts))
  );
};

const addImageEntries = (
  entries: PlanEntry[],
  targets: ReturnType<typeof targetImages>,
  matched: readonly MatchedImage[],
): void => {
  const targetOf = new Map<string, { targets: string[]; is: "converted" | "companion" }>();
  for (const image of targets.images)
    for (const { image: part } of image.parts) {
      const beside =
        part.reading.by === "header" ? Object.values(part.reading.companions).flatMap((file) => file?.path ?? []) : [];
      for (const { path } of part.files) {
        const known = targetOf.get(path);
        if (known === undefined)
          targetOf.set(path, { targets: [image.path], is: beside.includes(path) ? "companion" : "converted" });
        else if (!known.targets.includes(image.path)) known.targets.push(image.path);
      }
    }
  const notChosen = new Map(targets.notChosen.map(({ matched: { image }, reason }) => [image, reason]));
  const done = new Set<string>();
  for (const { image } of matched)
    for (const { path } of image.files) {
      if (done.has(path)) continue;
      done.add(path);
      const to = targetOf.get(path);
      const reason = notChosen.get(image);
      if (to !== undefined) entries.push({ source: path, is: to.is, targets: to.targets, reason: null });
      else if (reason !== undefined) entries.push({ source: path, is: "not-chosen", targets: [], reason });
      else
        entries.push({ source: path, is: "refused", targets: [], reason: "its name is not clear; see the findings" });
    }
};

const addOtherEntries = (
  entries: PlanEntry[],
  others: readonly SourceFile[],
  mapping: Mapping,
  tables: ReadonlySet<string>,
  used: ReadonlySet<string>,
  findings: PlanFinding[],
): void => {
  for (const file of others) {
    const reason = ignoredFile(mapping.ignore, file);
    if (tables.has(file.path))
      entries.push({ source: file.path, is: "table", targets: [], reason: "a table that the mapping reads" });
    else if (used.has(file.path))
      entries.push({ source: file.path, is: "companion", targets: [], reason: "gradients that a rule names" });
    else if (reason !== null) entries.push({ source: file.path, is: "ignored", targets: [], reason });
    else {
      const message = "no rule speaks of it; write ignore: with a reason where it is not wanted";
      findings.push({ severity: mapping.unmatched === "error" ? "error" : "warning", where: file.path, message });
      entries.push({ source: file.path, is: "unmatched", targets: [], reason: message });
    }
  }
};
