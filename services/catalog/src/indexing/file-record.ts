import { type Classified, classify, folderOf, type JsonObject, type MetadataKind } from "@rollerblade/abids";
import type { FileFact } from "@rollerblade/abids/facts";
import type { FileFinding } from "./file-findings.ts";

/** The role of a file in the catalog: an image (part of a scan), a companion of one, a table or document by its kind, or what is only kept. */
export type FileKind = "image" | "companion" | MetadataKind | "ignored";

/** A row of `catalog.files`. */
export type FileRecord = {
  readonly path: string;
  readonly folder: string;
  readonly kind: FileKind;
  /** Of images: path of the scan. */
  readonly scan: string | null;
  readonly subject: string | null;
  readonly session: string | null;
  readonly suffix: string | null;
  readonly extension: string | null;
  readonly entities: Readonly<Record<string, string>>;
  readonly size: number;
  readonly sha256: string;
  /** Of JSON that describes other files, what it says; of `scans.tsv`, its rows by path of the scan. */
  readonly content: JsonObject | null;
  /** Of an image: what its header says. */
  readonly image: JsonObject | null;
  /** What is wrong with its content; null where nothing is, and where nothing of it was read. */
  readonly findings: readonly FileFinding[] | null;
  readonly publishedAt: Date;
};

const kindOf = (file: Classified): FileKind | null => {
  if (file.class === "data") return "image";
  if (file.class === "companion") return "companion";
  return file.class === "metadata" ? file.kind : null;
};

/** A name is judged as raw data first, and as a derivative dataset's where BIDS has it only there. */
export const classifyName = (path: string): Classified => {
  const raw = classify(path);
  if (raw.class !== "invalid") return raw;
  const derived = classify(path, { type: "derivative" });
  return kindOf(derived) === null ? raw : derived;
};

/** The record of a file, or null where a file of this class is none of the catalog's. */
export const recordOf = (
  file: Pick<FileFact, "path" | "size" | "sha256">,
  is: Classified,
  content: JsonObject | null,
  publishedAt: Date,
): FileRecord | null => {
  const kind = kindOf(is);
  if (kind === null) return null;
  const name = is.class === "data" || is.class === "companion" || is.class === "metadata" ? is.name : null;
  return {
    path: file.path,
    folder: folderOf(file.path),
    kind,
    scan: is.class === "data" ? is.path : null,
    subject: name?.subject ?? null,
    session: name?.session ?? null,
    suffix: name?.suffix ?? null,
    extension: name?.extension ?? null,
    entities: name?.entities ?? {},
    size: file.size,
    sha256: file.sha256,
    content,
    image: null,
    findings: null,
    publishedAt,
  };
};

/**
 * The record of a file that the dataset keeps and nobody judges or reads, because its `.bidsignore` names it. It belongs to the person whose
 * folder it lies in.
 */
export const ignoredRecord = (file: Pick<FileFact, "path" | "size" | "sha256">, publishedAt: Date): FileRecord => {
  const [, subject = null, session = null] = /^sub-([0-9A-Za-z+]+)\/(?:ses-([0-9A-Za-z+]+)\/)?/.exec(file.path) ?? [];
  return {
    ...{ path: file.path, folder: folderOf(file.path), kind: "ignored", scan: null, subject, session },
    ...{ suffix: null, extension: null, entities: {}, size: file.size, sha256: file.sha256 },
    ...{ content: null, image: null, findings: null, publishedAt },
  };
};

/** Whether the content of such a file is merged into scans or shown: JSON that describes. */
export const isRead = (record: FileRecord): boolean => record.path.endsWith(".json") && !unread.has(record.kind);

const unread: ReadonlySet<FileKind> = new Set(["image", "document", "ignored"]);
