import { faultOfPointer, pointerHeadBytes } from "../absent-content.ts";
import { type BidsName, parseName } from "../bids-name.ts";
import { type Classified, classify, isHiddenPath, isKept } from "../classify.ts";
import { compareBytes } from "../compare-bytes.ts";
import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { Scope } from "../dataset-scope.ts";
import type { DatasetTree, TreeEntry } from "../dataset-tree.ts";
import { type FolderScan, folderScan, tooManyFiles } from "../folder-scan.ts";
import type { ImageFacts } from "../images/image-header.ts";
import { type JsonObject, mergeMetadata } from "../json.ts";
import { leftOutReason } from "../listing/left-out.ts";
import { datatypes, entityRule } from "../schema.ts";
import { checkContent } from "../schema-rules/check-content.ts";
import { modalityOf } from "../schema-rules/content-rules.ts";
import { checkCompressedTable } from "./check-compressed-table.ts";
import { checkAslContext, checkDescription, checkParticipants, checkSessions, checkUris } from "./check-dataset.ts";
import { readHead } from "./check-image.ts";
import { faultsOfRecordings } from "./check-recordings.ts";
import { checkTable } from "./check-table.ts";
import { checkVectors } from "./check-vectors.ts";
import { describeFile, type IndexedFile } from "./indexed-file.ts";
import { openScope, readJson } from "./scope.ts";

/** How far a dataset is looked into. */
export type IndexOptions = {
  /**
   * Whether contents are held against BIDS too, and not names alone: tables, headers of images, metadata. @default
   * false
   */
  readonly tables?: boolean;
  /** More lines of `.bidsignore`, for the dataset itself. @default "" */
  readonly ignore?: string;
};

/**
 * Goes through a dataset folder by folder and describes what each file is, with merged metadata and findings. What it
 * holds in memory is the sidecars from the root to where it is, and the labels of subjects. Data come before the
 * sidecars of their folder, and the files of the root last, since only then is known what applied to nothing. Never
 * throws for what it finds.
 */
export function* indexDataset(tree: DatasetTree, options: IndexOptions = {}): Generator<IndexedFile> {
  yield* indexScope(openScope(tree, "", options.ignore ?? ""), options);
}

function* indexScope(scope: Scope, options: IndexOptions): Generator<IndexedFile> {
  yield* indexFolder(scope, "", options);
}

function* indexFolder(scope: Scope, folder: string, options: IndexOptions): Generator<IndexedFile> {
  const { tree, place } = scope;
  const prefix = folder === "" ? "" : `${folder}/`;
  const listed = tree.list(place.base + folder);
  if (!("length" in listed)) {
    yield unread(scope, folder, finding("unreadable", place.base + folder, listed.message));
    return;
  }
  const entries = [...listed].sort((a, b) => compareBytes(a.name, b.name));
  const [files, folders, sidecars] = sortEntries(scope, prefix, entries, options);
  const collisions = caseCollisions(entries);
  const recordings = faultsOfRecordings(
    files.flatMap(({ is }) => ("name" in is && is.name !== null ? [is.name] : [])),
    place.base,
  );
  const judged = (file: IndexedFile, name: string): IndexedFile => {
    const twin = file.class === "ignored" ? undefined : collisions.get(name);
    const recording = recordings.get(prefix + name);
    const more = [
      ...(twin === undefined ? [] : [collision(place.base + prefix, name, twin)]),
      ...(recording === undefined ? [] : [recording]),
    ];
    return more.length === 0 ? file : { ...file, findings: [...file.findings, ...more] };
  };
  const padded = paddingTwins(files);
  for (const file of files) {
    const described = judged(describeEntry(scope, file, options), file.entry.name);
    const twin = padded.get(file.path);
    yield twin === undefined
      ? described
      : { ...described, findings: [...described.findings, paddingTwin(place.base, file.path, twin)] };
  }
  for (const name of folders) {
    const twin = collisions.get(name);
    if (twin !== undefined && !isHidden(scope, prefix + name))
      yield unread(scope, prefix + name, collision(place.base + prefix, name, twin));
    yield* enterFolder(scope, prefix + name, options);
  }
  for (const { is, path, findings } of sidecars)
    yield judged(describeSidecar(scope, is, path, findings, options), path.slice(prefix.length));
  if (folder === "") yield* finishDataset(scope, entries, options);
  scope.inheritance.forget(folder);
  scope.files.forget(folder);
}

/**
 * Names of one folder that differ from an earlier one by the case of letters only, with that one (BIDS, "Case collision intolerance"), or by how an
 * accent is written: macOS takes `é` as one character and as two for one name. */
const caseCollisions = (entries: readonly TreeEntry[]): ReadonlyMap<string, string> => {
  const first = new Map<string, string>();
  const collisions = new Map<string, string>();
  for (const { name } of entries) {
    const folded = name.normalize("NFC").toLowerCase();
    const twin = first.get(folded);
    if (twin === undefined) first.set(folded, name);
    else collisions.set(name, twin);
  }
  return collisions;
};

/** Data files of one folder whose names differ from an earlier one's by the zeros before an index only, with that one. */
const paddingTwins = (files: readonly Found[]): ReadonlyMap<string, string> => {
  const first = new Map<string, string>();
  const twins = new Map<string, string>();
  for (const { path, is } of files) {
    if (is.class !== "data") continue;
    const key = path.replace(/([a-z]+)-0*(\d+)(?=[_.])/g, (text, entity: string, digits: string) =>
      entityRule(entity)?.format === "index" ? `${entity}-${digits}` : text,
    );
    const twin = first.get(key);
    if (twin === undefined) first.set(key, path);
    else twins.set(path, twin);
  }
  return twins;
};

const paddingTwin = (base: string, path: string, twin: string): DatasetFinding =>
  finding(
    "index-padding",
    base + path,
    `has the same indices as ${twin.slice(twin.lastIndexOf("/") + 1)}, with other zeros before them`,
  );

const isSameLetters = (one: string, other: string): boolean => one.normalize("NFC") === other.normalize("NFC");

const collision = (folder: string, name: string, twin: string): DatasetFinding =>
  finding(
    "case-collision",
    folder + name,
    `differs from ${twin} by ${isSameLetters(name, twin) ? "how its accents are written" : "the case of its letters"} only`,
  );

/** Whether nobody judges what is in a folder: it is hidden, or `.bidsignore` names it. */
const isHidden = (scope: Scope, path: string): boolean => classify(path, scope.context).class === "ignored";

type Sorted = readonly [Found[], string[], Sidecar[]];
type Found = { readonly entry: TreeEntry; readonly path: string; readonly is: Classified };
type Sidecar = { readonly is: Classified; readonly path: string; readonly findings: readonly DatasetFinding[] };

/** Reads a folder's sidecars, which its data need, and separates them from other files and from folders to enter. */
const sortEntries = (scope: Scope, prefix: string, entries: readonly TreeEntry[], options: IndexOptions): Sorted => {
  const [files, folders, sidecars]: [Found[], string[], Sidecar[]] = [[], [], []];
  const isDatatype = prefix !== "" && datatypes.has(prefix.slice(prefix.lastIndexOf("/", prefix.length - 2) + 1, -1));
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.kind === "folder" && !(isDatatype && isOneFile(scope, path))) folders.push(entry.name);
    else {
      const is = classifyEntry(scope, path, entry);
      if (options.tables === true) remember(scope, is);
      if (entry.kind === "file" && isSidecar(is, path))
        sidecars.push({ is, path, findings: loadSidecar(scope, is, path) });
      else if (!isLate(path, is)) files.push({ entry, path, is });
    }
  }
  return [files, folders, sidecars];
};

/** What an entry is; where nobody looks, no name is wrong. */
const classifyEntry = ({ context }: Scope, path: string, { kind }: TreeEntry): Classified => {
  const reason = leftOutReason(path);
  // A file that is called like a folder that nobody looks into is one that BIDS has no name for.
  const isInside = reason === "hidden" || (reason === "sourcedata" && path !== "sourcedata");
  if (kind === "fault" && reason !== null) return { class: "ignored", path, because: "hidden" };
  if (isInside) return { class: "ignored", path, because: reason };
  return classify(path, kind === "folder" ? { ...context, folder: true } : context);
};

/** What other files are judged with. */
const remember = (scope: Scope, is: Classified): void => {
  const name = is.class === "ignored" ? null : nameOf(is);
  if (name !== null) scope.files.add(name);
  if (is.class === "data" && is.name.datatype !== null)
    scope.datatypes.set(is.name.datatype, modalityOf(is.name.datatype) ?? is.name.datatype);
};

/** Folders such as `….ds` and `….ome.zarr`, and those that BIDS has a name for, count as one file. */
const isOneFile = (scope: Scope, path: string): boolean =>
  /\.(ds|mefd|zarr)$/.test(path) || classify(path, { ...scope.context, folder: true }).class === "data";

const isSidecar = (is: Classified, path: string): boolean =>
  path.endsWith(".json") && !(is.class === "metadata" && is.name === null) && nameOf(is) !== null;

/** The name of a file that takes part, or would if `.bidsignore` did not hide it. */
const nameOf = (is: Classified): BidsName | null => {
  if (is.class === "data" || is.class === "companion" || is.class === "metadata") return is.name;
  if (is.class !== "ignored" || is.because !== "bidsignore") return null;
  const parsed = parseName(is.path);
  return parsed.ok ? parsed.name : null;
};

/** Files at the root that can be judged only when all subjects are known. */
const isLate = (path: string, is: Classified): boolean =>
  is.class === "metadata" && (path === "dataset_description.json" || path === "participants.tsv");

const loadSidecar = (scope: Scope, is: Classified, path: string): readonly DatasetFinding[] => {
  const name = nameOf(is);
  const absent = mayBeAbsent(is) ? pointerAt(scope, path) : null;
  if (absent !== null) return [absent];
  const { value, findings } = readJson(scope.tree, scope.place.base, path);
  if (name !== null) scope.inheritance.add(name);
  if (value !== null) scope.contents.set(path, value);
  if (is.class === "ignored") return [];
  return value === null ? findings : [...findings, ...checkUris(scope, scope.place.base + path, value)];
};

const describeEntry = (scope: Scope, { entry, path, is }: Found, options: IndexOptions): IndexedFile => {
  const full = scope.place.base + path;
  if (entry.kind === "fault" && entry.rule === "unsafe-path" && is.class !== "ignored")
    return describeFile(is.class === "invalid" ? is : unsafe(path, entry.message), null, path, scope.place);
  if (entry.kind === "fault" && entry.rule !== "broken-link" && leftOutReason(path) === null)
    return unread(scope, path, finding(entry.rule, full, entry.message));
  const name = nameOf(is);
  const findings: DatasetFinding[] = [];
  const metadata = name === null ? null : inherit(scope, name, findings);
  let image: ImageFacts | null = null;
  if (is.class === "ignored") findings.length = 0;
  const files = folderScan();
  const absent = mayBeAbsent(is) ? absentAt(scope, entry, path, files) : [];
  // An import leaves it out.
  if (entry.kind === "folder" && files.isTooLarge()) findings.push(finding("too-large", full, tooManyFiles));
  if (absent.length > 0) findings.push(...absent);
  else if (is.class === "ignored")
    return describeFile(is, name, path, scope.place, { findings, ...(metadata !== null && { metadata }) });
  else if (options.tables === true) image = inspect(scope, is, path, metadata ?? {}, findings);
  else if (isPlainJson(is, path)) findings.push(...readJson(scope.tree, scope.place.base, path).findings);
  return describeFile(is, name, path, scope.place, {
    findings,
    ...(metadata !== null && { metadata }),
    ...(image !== null && { image }),
  });
};

/** A name that no store can hold. */
const unsafe = (path: string, reason: string): Classified => ({
  class: "invalid",
  path,
  reason,
  rule: "unsafe-path",
  nearest: null,
});

/** Whether it matters that the content of a file is elsewhere: what `.bidsignore` names is kept, though nobody judges it. */
const mayBeAbsent = (is: Classified): boolean => is.class !== "ignored" || isKept(is);

/** That an entry, or a file of a folder that counts as one file, is a link to nothing or a placeholder of its content. */
const absentAt = (
  scope: Scope,
  entry: TreeEntry,
  path: string,
  files: FolderScan = folderScan(),
): readonly DatasetFinding[] => {
  const full = scope.place.base + path;
  if (entry.kind === "fault") return [finding(entry.rule, full, entry.message)];
  if (entry.kind === "folder") return absentInside(scope, path, files);
  files.add(path);
  const pointer = pointerAt(scope, path);
  return pointer === null ? [] : [pointer];
};

/** The same of all that lies in a folder that counts as one file; counts its files. */
const absentInside = (scope: Scope, folder: string, files: FolderScan): readonly DatasetFinding[] => {
  const listed = scope.tree.list(scope.place.base + folder);
  if (!("length" in listed)) return [finding("unreadable", scope.place.base + folder, listed.message)];
  return [...listed]
    .sort((a, b) => compareBytes(a.name, b.name))
    .flatMap((entry) => absentAt(scope, entry, `${folder}/${entry.name}`, files));
};

/** Metadata of a file and of the tables beside data, from all sidecars that apply to it. */
const inherit = (scope: Scope, name: BidsName, findings: DatasetFinding[]): JsonObject => {
  const inherited = scope.inheritance.sidecarsOf(name);
  for (const { message } of inherited.findings) {
    // One that has all entities of the file is meant for it, as everyone reads it.
    const isMeant = scope.contents.has(`${name.path.slice(0, -name.extension.length)}.json`);
    const file = scope.place.base + name.path;
    findings.push(finding("several-sidecars", file, message, { severity: isMeant ? "warning" : undefined }));
  }
  const contents: JsonObject[] = [];
  for (const path of inherited.sidecars) {
    scope.used.add(path);
    const content = scope.contents.get(path);
    if (content !== undefined) contents.push(content);
  }
  return contents.length === 1 ? (contents[0] ?? {}) : mergeMetadata(contents);
};

/** That a file is only a placeholder of its content. */
const pointerAt = (scope: Scope, path: string): DatasetFinding | null => {
  const full = scope.place.base + path;
  const head = scope.tree.head(full, pointerHeadBytes);
  const fault = head.ok ? faultOfPointer(head.bytes, head.size) : null;
  return fault === null ? null : finding("broken-link", full, fault);
};

/** Files such as `participants.json`, which are nobody's sidecar. */
const isPlainJson = (is: Classified, path: string): boolean =>
  is.class === "metadata" && is.name === null && is.kind !== "document" && path.endsWith(".json");

/** Looks into a file. @returns the header of an image */
const inspect = (
  scope: Scope,
  is: Classified,
  path: string,
  metadata: JsonObject,
  findings: DatasetFinding[],
): ImageFacts | null => {
  if (is.class !== "data" && is.class !== "companion" && is.class !== "metadata") return null;
  if (is.class === "metadata" && is.kind === "document" && path.includes("/")) return null;
  const isFolder = is.class === "data" && is.inside !== null;
  const head = is.class === "data" && !isFolder ? readHead(scope, path) : null;
  findings.push(...(head?.findings ?? []));
  const json = is.name === null && path.endsWith(".json") ? readJson(scope.tree, scope.place.base, path) : null;
  findings.push(...(json?.findings ?? []));
  if (path.endsWith(".tsv") && is.name?.suffix !== "motion")
    findings.push(...checkTable(scope.tree, scope.place.base + path));
  if (is.class === "data") findings.push(...checkAslContext(scope, is.name));
  if (is.class === "metadata" && is.kind === "sessions" && path.endsWith(".tsv"))
    findings.push(...checkSessions(scope, path));
  if (path.endsWith(".tsv.gz")) findings.push(...checkCompressedTable(scope.tree, scope.place.base + path, metadata));
  if (path.endsWith(".bval") || path.endsWith(".bvec")) findings.push(...checkVectors(scope, path));
  const dictionary = is.name === null && path.endsWith(".tsv") ? dictionaryOf(scope, path) : metadata;
  const header = head?.header ?? null;
  findings.push(
    ...checkContent(scope, { path, name: is.name, metadata: dictionary, json: json?.value ?? null, header }),
  );
  return head?.image ?? null;
};

/** The data dictionary beside a table with a fixed name. */
const dictionaryOf = (scope: Scope, path: string): JsonObject => {
  const dictionary = `${path.slice(0, -".tsv".length)}.json`;
  const isThere = scope.tree.has(scope.place.base + dictionary);
  return isThere ? (readJson(scope.tree, scope.place.base, dictionary).value ?? {}) : {};
};

const describeSidecar = (
  scope: Scope,
  is: Classified,
  path: string,
  findings: readonly DatasetFinding[],
  options: IndexOptions,
): IndexedFile => {
  const isUsed = scope.used.delete(path) || !mayBeUnused(is);
  const json = scope.contents.get(path) ?? null;
  scope.contents.delete(path);
  scope.judged.delete(path);
  const name = nameOf(is);
  const isJudged = options.tables === true && json !== null && is.class !== "ignored" && is.class !== "invalid";
  const content = isJudged ? checkContent(scope, { path, name, metadata: {}, json, header: null }) : [];
  const full = scope.place.base + path;
  // What a pointer would say is not known, nor what it would apply to.
  const isAbsent = findings.some(({ rule }) => rule === "broken-link");
  const unused = isUsed || isAbsent ? [] : [finding("unused-sidecar", full, "applies to no file")];
  return describeFile(is, name, path, scope.place, { findings: [...findings, ...content, ...unused] });
};

/** Some JSON files are data of their own. */
const mayBeUnused = (is: Classified): boolean =>
  (is.class === "companion" && !standAlone.has(is.name.suffix)) ||
  (is.class === "metadata" && is.kind === "sidecar" && !standAlone.has(is.name?.suffix ?? ""));

const standAlone: ReadonlySet<string> = new Set(["coordsystem", "description"]);

const unread = (scope: Scope, path: string, fault: DatasetFinding): IndexedFile =>
  describeFile({ class: "ignored", path, because: "hidden" }, null, path, scope.place, { findings: [fault] });

function* enterFolder(scope: Scope, path: string, options: IndexOptions): Generator<IndexedFile> {
  if (isHiddenPath(path)) {
    yield describeFile({ class: "ignored", path, because: "hidden" }, null, path, scope.place);
    return;
  }
  if (path.startsWith("sub-") && !path.includes("/")) scope.subjects.add(path.slice(4));
  const nested = path.startsWith("derivatives") ? datasetIn(scope, path) : null;
  if (nested !== null) for (const file of indexScope(nested, options)) yield milder(file);
  else {
    if (isUndescribed(scope, path)) yield unread(scope, path, undescribed(scope.place.base + path));
    yield* indexFolder(scope, path, options);
  }
}

/** Whether a folder of `derivatives` is no dataset of its own, so that no import brings it in. */
const isUndescribed = ({ tree, place, context }: Scope, path: string): boolean =>
  /^derivatives\/[^/]+$/.test(path) &&
  classify(path, { ...context, folder: true }).class !== "ignored" &&
  !tree.has(`${place.base}derivatives/dataset_description.json`);

const undescribed = (path: string): DatasetFinding =>
  finding("no-description", `${path}/dataset_description.json`, "is missing, so that nobody can import this folder", {
    severity: "warning",
  });

/** BIDS does not prescribe what lies in `derivatives`: what is wrong there makes the dataset around it no worse. */
const milder = (file: IndexedFile): IndexedFile => ({
  ...file,
  findings: file.findings.map((one) => ({ ...one, severity: "warning" })),
});

/** The dataset of its own in `derivatives` or a folder of it, or null where there is none. */
const datasetIn = (scope: Scope, path: string): Scope | null => {
  const [top, , ...deeper] = path.split("/");
  if (top !== "derivatives" || deeper.length > 0) return null;
  const base = `${scope.place.base}${path}/`;
  const there = scope.tree.read(`${base}dataset_description.json`, 0);
  return there.ok || there.rule !== "unreadable" ? openScope(scope.tree, base, "") : null;
};

/** Checks what is known only at the end: of the description, of participants, and of what is missing. */
function* finishDataset(scope: Scope, entries: readonly TreeEntry[], options: IndexOptions): Generator<IndexedFile> {
  const { base, isDerivative } = scope.place;
  const there = new Map(entries.filter(({ kind }) => kind !== "folder").map((entry) => [entry.name, entry]));
  const names = new Set(there.keys());
  const description = classify("dataset_description.json");
  const whole: DatasetFinding[] = [];
  if (![...names].some((name) => /^README(\.(md|rst|txt))?$/.test(name)))
    whole.push(finding("no-readme", base, "has no README"));
  if (scope.subjects.size === 0 && !isDerivative && scope.description?.DatasetType !== "study")
    whole.push(finding("no-subjects", base, "has no folder sub-<label>"));
  const absentOf = (path: string): readonly DatasetFinding[] => {
    const entry = there.get(path);
    return entry === undefined ? [] : absentAt(scope, entry, path);
  };
  if (names.has("participants.tsv")) {
    const absent = absentOf("participants.tsv");
    yield describeFile(classify("participants.tsv"), null, "participants.tsv", scope.place, {
      findings: absent.length > 0 ? absent : [...participantsFindings(scope, options), ...checkParticipants(scope)],
    });
  }
  // Without its description a dataset is none to any reader, and no import takes it.
  const absent = absentOf("dataset_description.json").map((one) => ({ ...one, severity: "error" as const }));
  if (names.has("dataset_description.json"))
    yield describeFile(description, null, "dataset_description.json", scope.place, {
      findings: [...(absent.length > 0 ? absent : checkDescription(scope)), ...whole],
    });
  else {
    const missing = finding("no-description", `${base}dataset_description.json`, "is missing");
    const line = describeFile(description, null, "dataset_description.json", scope.place, {
      findings: [missing, ...whole],
    });
    yield { ...line, class: "missing" };
  }
}

const participantsFindings = (scope: Scope, options: IndexOptions): readonly DatasetFinding[] => {
  const findings: DatasetFinding[] = [];
  const is = classify("participants.tsv");
  if (options.tables === true) inspect(scope, is, is.path, {}, findings);
  return findings;
};
