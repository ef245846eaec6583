import { folderOf, type KeyColumn } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { DownloadFile } from "@rollerblade/client";
import { cutTable } from "./cut-table.ts";
import { bytesOf, type Handout, type HandoutTools, inline, linked } from "./handout.ts";

/** A file that may speak of more than what is handed out. */
export type Table = Handout & { readonly kind: string };

/** What is handed out of the subjects that a table speaks of. */
export type Kept = {
  readonly subjects: ReadonlySet<string>;
  /** `<subject>/<session>`. */
  readonly sessions: ReadonlySet<string>;
  /** Paths of images in the dataset. */
  readonly paths: ReadonlySet<string>;
};

type Cut = { readonly column: KeyColumn; readonly isWanted: (key: string) => boolean };

/** By which column a table of a kind is cut; null for what is handed out whole. */
const cutOf = ({ kind, path }: Table, { subjects, sessions, paths }: Kept): Cut | null => {
  if (!path.endsWith(".tsv")) return null;
  const subject = path.split("/")[0]?.replace(/^sub-/, "") ?? "";
  if (kind === "sessions")
    return { column: "session_id", isWanted: (session) => sessions.has(`${subject}/${session}`) };
  if (kind === "scans") return { column: "filename", isWanted: (name) => paths.has(`${folderOf(path)}/${name}`) };
  const isOfSubjects = kind === "participants" || kind === "samples" || kind === "phenotype";
  return isOfSubjects ? { column: "participant_id", isWanted: (label) => subjects.has(label) } : null;
};

/**
 * A table cut to what is handed out. A file of which nothing is left but the participants' is left out, and so is one whose rows nobody can
 * attribute.
 */
export const cutFile = async ({ objects }: HandoutTools, file: Table, kept: Kept): Promise<DownloadFile | null> => {
  const cut = cutOf(file, kept);
  if (cut === null) return linked(objects, file);
  const bytes = await bytesOf(objects, datasetKey(file.dataset, file.path));
  if (bytes === null) return null;
  const left = cutTable(bytes, cut.column, cut.isWanted);
  if (left === null) return null;
  const { content, rows, isWhole } = left;
  if (isWhole) return linked(objects, file);
  return rows === 0 && file.kind !== "participants" ? null : inline(file.dataset, file.path, content);
};
