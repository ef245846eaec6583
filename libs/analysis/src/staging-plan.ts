import { bidsVersion, canonicalJson, type Json, type JsonObject } from "@rollerblade/abids";
import { levels } from "@rollerblade/abids/levels";
import type { Manifest } from "./manifest.ts";
import { fieldLevel } from "./readable-field.ts";
import type { RequestedSlice, ResolvedInput, ResolvedMember } from "./requested-slice.ts";

/**
 * Files that make a staged tree a BIDS dataset. They are the same for every slice: were the name of the dataset in
 * them, equal scans of two datasets would have two keys.
 */
const bidsTree: Readonly<Record<string, JsonObject>> = {
  "dataset_description.json": { Name: "slice", BIDSVersion: bidsVersion.bids, DatasetType: "raw" },
};

/** What one file below `$ROLLERBLADE_IN` holds: an object of the bucket, or text that is known already. */
export type StagedFile =
  | {
      readonly kind: "object";
      /** Relative to `$ROLLERBLADE_IN`. */
      readonly path: string;
      readonly dataset: string;
      /** Relative to the dataset. */
      readonly source: string;
      readonly size: number;
      readonly sha256: string;
    }
  | { readonly kind: "text"; readonly path: string; readonly text: string };

/**
 * Every file that a container finds below `$ROLLERBLADE_IN`, and nothing else: the inputs with their companions, the
 * index of each `many`, and `slice.json`.
 */
export const stagingPlan = (manifest: Manifest, slice: RequestedSlice, parameters: JsonObject): StagedFile[] => {
  const inputs = slice.inputs.map((input) => ({ input, members: placeMembers(manifest, input) }));
  const description = {
    parameters,
    level: manifest.level,
    reads: sliceReads(manifest, slice),
    inputs: Object.fromEntries(inputs.map(({ input, members }) => [input.name, describe(input, members)])),
    ...(slice.missing !== undefined && { missing: slice.missing.map((member) => ({ ...member })) }),
  };
  const files = inputs.flatMap(({ members }) => members.flatMap(filesOf));
  const indexes = inputs
    .filter(({ input }) => input.many)
    .map(({ input, members }) => json(`${input.name}/index.json`, members.map(describeMember)));
  return [...unique([...files, ...treeFiles(manifest)]), ...indexes, json("slice.json", description)];
};

/**
 * Where the command finds an input: its file, or the folder of a `many`; relative to `$ROLLERBLADE_IN`. Null for an optional
 * input that the slice does not have.
 */
export const inputPath = (manifest: Manifest, input: ResolvedInput): string | null =>
  input.many ? input.name : (placeMembers(manifest, input)[0]?.file ?? null);

type Placed = {
  readonly member: ResolvedMember;
  readonly file: string;
  /** In the order of the member's companions. */
  readonly companions: readonly string[];
};

const placeMembers = (manifest: Manifest, input: ResolvedInput): Placed[] =>
  input.members.map((member, index) => placeMember(manifest, input, member, index));

const placeMember = (manifest: Manifest, input: ResolvedInput, member: ResolvedMember, index: number): Placed => {
  if (manifest.layout === "bids") return place(member, `bids/${withoutExtension(member, member.path)}`);
  const number = String(index).padStart(6, "0");
  if (manifest.names === "bids") {
    const name = withoutExtension(member, member.path.slice(member.path.lastIndexOf("/") + 1));
    return place(member, input.many ? `${input.name}/${number}/${name}` : `${input.name}/${name}`);
  }
  return place(member, input.many ? `${input.name}/${number}` : input.name);
};

const withoutExtension = ({ extension }: ResolvedMember, path: string): string =>
  path.endsWith(extension) ? path.slice(0, path.length - extension.length) : path;

const place = (member: ResolvedMember, stem: string): Placed => ({
  member,
  file: `${stem}${member.extension}`,
  companions: member.companions.map(({ role }) => companionPath(stem, role)),
});

/** `t1w.json`, `dwi.bval`; a companion with a suffix of its own (`events.tsv`) keeps it: `bold.events.tsv`. */
const companionPath = (stem: string, role: string): string => `${stem}.${role}`;

const filesOf = ({ member, file, companions }: Placed): StagedFile[] => [
  object(file, member.dataset, member),
  ...member.companions.map((companion, index): StagedFile => {
    const path = companions[index] ?? file;
    return companion.kind === "file" ? object(path, member.dataset, companion) : json(path, companion.metadata);
  }),
];

const object = (
  path: string,
  dataset: string,
  file: { readonly path: string; readonly size: number; readonly sha256: string },
): StagedFile => ({
  kind: "object",
  path,
  dataset,
  source: file.path,
  size: file.size,
  sha256: file.sha256,
});

const json = (path: string, value: Json): StagedFile => ({ kind: "text", path, text: canonicalJson(value) });

const treeFiles = ({ layout, inputs }: Manifest): StagedFile[] => {
  if (layout !== "bids") return [];
  const patterns = inputs.flatMap((input) => (input.kind === "ignored" ? input.ignored : []));
  const ignore: StagedFile = {
    kind: "text",
    path: "bids/.bidsignore",
    text: patterns.map((line) => `${line}\n`).join(""),
  };
  const files = Object.entries(bidsTree).map(([path, value]) => json(`bids/${path}`, value));
  return patterns.length === 0 ? files : [...files, ignore];
};

/** Two inputs may be the same file in a BIDS tree. */
const unique = (files: readonly StagedFile[]): StagedFile[] => [
  ...new Map(files.map((file) => [file.path, file])).values(),
];

const describe = ({ many }: ResolvedInput, members: readonly Placed[]): Json =>
  many ? members.map(describeMember) : (members.map(describeMember)[0] ?? null);

const describeMember = ({ member, file, companions }: Placed): JsonObject => ({
  file,
  companions,
  reads: member.reads,
});

/** The declared fields that every file of the slice shares. */
const sliceReads = ({ level, reads }: Manifest, slice: RequestedSlice): JsonObject => {
  const shared = reads.filter((field) => levels.indexOf(fieldLevel(field)) >= levels.indexOf(level));
  const members = slice.inputs.flatMap((input) => input.members);
  return Object.fromEntries(
    shared.map((field) => [
      field,
      members.find(({ reads: known }) => (known[field] ?? null) !== null)?.reads[field] ?? null,
    ]),
  );
};
