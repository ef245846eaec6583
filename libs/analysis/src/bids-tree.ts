import { bidsVersion, isJsonList, type Json, type JsonObject } from "@rollerblade/abids";
import { scanTexts } from "@rollerblade/abids/facts";
import type { Manifest } from "./manifest.ts";
import type { ResolvedInput, ResolvedMember } from "./requested-slice.ts";

/** A text that makes a staged tree a BIDS dataset, by its path in the tree. */
export type TreeText = { readonly path: string; readonly text: string };

/**
 * Writes what a BIDS dataset has beside its data files: the descriptions of the tree and of each derivative dataset in it, and the tables of
 * participants, sessions and scans, cut to the people in the slice and to the columns that the manifest declares under `reads`. Nothing of it names
 * the dataset: were its name in it, equal scans of two datasets would have two keys.
 */
export const bidsTreeTexts = ({ reads }: Manifest, inputs: readonly ResolvedInput[]): TreeText[] => {
  const members = inputs.flatMap((input) => input.members);
  const folders = new Set(members.flatMap(({ path }) => folderOfDerivative(path) ?? []));
  return [
    document("dataset_description.json", { Name: "slice", BIDSVersion: bidsVersion.bids, DatasetType: "raw" }),
    { path: "README", text: "The part of a BIDS dataset that one execution of an analysis works on.\n" },
    ...participants(members, reads),
    ...sessions(members, reads),
    ...scans(members, reads),
    ...[...folders]
      .sort()
      .map((folder) => document(`derivatives/${folder}/dataset_description.json`, descriptionOfFolder(folder))),
  ];
};

/** The description of the derivative dataset that a path lies in, as far as the name of its folder tells. */
export const derivativeDescription = (path: string): JsonObject =>
  descriptionOfFolder(folderOfDerivative(path) ?? "derivatives");

const descriptionOfFolder = (folder: string): JsonObject => ({
  Name: folder,
  BIDSVersion: bidsVersion.bids,
  DatasetType: "derivative",
  GeneratedBy: [{ Name: folder }],
});

const folderOfDerivative = (path: string): string | undefined => /^derivatives\/([^/]+)\//.exec(path)?.[1];

const document = (path: string, value: JsonObject): TreeText => ({ path, text: `${JSON.stringify(value, null, 2)}\n` });

/** Labels of a path: BIDS writes them as its first folders. */
const labelsOf = (path: string): { readonly sub: string | undefined; readonly ses: string | undefined } => ({
  sub: /(?:^|\/)(sub-[^/]+)\//.exec(path)?.[1],
  ses: /\/(ses-[^/]+)\//.exec(path)?.[1],
});

const participants = (members: readonly ResolvedMember[], reads: readonly string[]): TreeText[] => {
  const columns = columnsOf("subject", reads);
  const bySubject = Map.groupBy(members, ({ path }) => labelsOf(path).sub);
  const rows = [...bySubject].flatMap(([sub, of]) => (sub === undefined ? [] : [rowOf(sub, columns, of)]));
  return rows.length === 0 ? [] : [table("participants.tsv", ["participant_id", ...names(columns)], rows)];
};

const sessions = (members: readonly ResolvedMember[], reads: readonly string[]): TreeText[] => {
  const columns = columnsOf("session", reads);
  if (columns.length === 0) return [];
  const bySubject = Map.groupBy(members, ({ path }) => labelsOf(path).sub);
  return [...bySubject].flatMap(([sub, ofSubject]) => {
    const bySession = Map.groupBy(ofSubject, ({ path }) => labelsOf(path).ses);
    const rows = [...bySession].flatMap(([ses, of]) => (ses === undefined ? [] : [rowOf(ses, columns, of)]));
    if (sub === undefined || rows.length === 0) return [];
    return [table(`${sub}/${sub}_sessions.tsv`, ["session_id", ...names(columns)], rows)];
  });
};

/** One `scans.tsv` in the folder of each session, or of the subject without any, with what it says of the raw files in the slice. */
const scans = (members: readonly ResolvedMember[], reads: readonly string[]): TreeText[] => {
  const columns = columnsOf("scan", reads).filter(({ name }) => !notInTables.has(name));
  if (columns.length === 0) return [];
  const raw = members.filter(({ path }) => path.startsWith("sub-"));
  const byFolder = Map.groupBy(raw, ({ path }) => {
    const { sub = "", ses } = labelsOf(path);
    return ses === undefined ? sub : `${sub}/${ses}`;
  });
  return [...byFolder].map(([folder, of]) => {
    const byPath = Map.groupBy(of, ({ path }) => path.slice(folder.length + 1));
    const rows = [...byPath].map(([path, one]) => rowOf(path, columns, one));
    const name = `${folder}/${folder.replace("/", "_")}_scans.tsv`;
    return table(name, ["filename", ...names(columns)], rows);
  });
};

/** Fields of a scan that its name or its folder tells, and no table. */
const notInTables: ReadonlySet<string> = new Set([...scanTexts, "entities"]);

type Column = { readonly field: string; readonly name: string };

/** The declared fields that are columns of a table: `subject.age`, and neither the label, which every row has, nor what lies deeper. */
const columnsOf = (group: "subject" | "session" | "scan", reads: readonly string[]): Column[] =>
  reads.flatMap((field) => {
    const name = field.startsWith(`${group}.`) ? field.slice(group.length + 1) : "label";
    return name === "label" || /[.[]/.test(name) ? [] : [{ field, name }];
  });

const names = (columns: readonly Column[]): string[] => columns.map(({ name }) => name);

/** The value that one of the files tells; they all lie in the same subject or session. */
const rowOf = (id: string, columns: readonly Column[], members: readonly ResolvedMember[]): string[] => [
  id,
  ...columns.map(({ field }) =>
    cell(members.find(({ reads }) => (reads[field] ?? null) !== null)?.reads[field] ?? null),
  ),
];

const cell = (value: Json): string => {
  if (value === null) return "n/a";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replace(/[\t\r\n]+/g, " ").trim() || "n/a";
};

const table = (path: string, header: readonly string[], rows: readonly (readonly string[])[]): TreeText => ({
  path,
  text: [header, ...rows.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))]
    .map((row) => `${row.join("\t")}\n`)
    .join(""),
});

/** Fields of a sidecar that name other files of the dataset. */
const references = ["IntendedFor", "AssociatedEmptyRoom"] as const;

/**
 * Takes the names of files out of a sidecar that the tree does not have: a field map that is intended for five runs, of which the slice has
 * two, is intended for these two.
 * @param path of the file that the sidecar describes
 * @param has whether the tree has a file, by its path in the dataset
 */
export const cutReferences = (metadata: JsonObject, path: string, has: (path: string) => boolean): JsonObject => {
  const { sub = "" } = labelsOf(path);
  const isThere = (reference: Json): boolean => typeof reference === "string" && has(pathOfReference(reference, sub));
  const cut: Record<string, Json> = { ...metadata };
  for (const field of references) {
    const value = metadata[field];
    if (value === undefined) continue;
    if (isJsonList(value)) {
      const kept = value.filter(isThere);
      if (kept.length > 0) cut[field] = kept;
      else delete cut[field];
    } else if (!isThere(value)) delete cut[field];
  }
  return cut;
};

/** A BIDS URI of the dataset itself, or a path relative to the subject, which older datasets write. */
const pathOfReference = (reference: string, sub: string): string => {
  const uri = /^bids:[^:]*:(.*)$/.exec(reference)?.[1];
  return uri ?? `${sub}/${reference.replace(/^\.?\//, "")}`;
};
