import { canonicalJson, folderOf, type Json, type JsonObject } from "@rollerblade/abids";
import { levels } from "@rollerblade/abids/levels";
import { bidsTreeTexts, cutReferences, derivativeDescription } from "./bids-tree.ts";
import type { Manifest } from "./manifest.ts";
import { fieldLevel } from "./readable-field.ts";
import type { RequestedSlice, ResolvedInput, ResolvedMember } from "./requested-slice.ts";

/** What one file below `$ROLLERBLADE_IN` holds: an object of the bucket, or text that is known already. */
export type StagedFile = StagedPlace & StagedContent;

/** Where a file is put before the command starts. */
type StagedPlace = {
  /** Relative to `$ROLLERBLADE_IN`, or to `root`. */
  readonly path: string;
  /** `out`: it lies below `$ROLLERBLADE_OUT`, and may be changed there. Absent: below `$ROLLERBLADE_IN`. */
  readonly root?: "out";
};

type StagedContent =
  | {
      readonly kind: "object";
      readonly dataset: string;
      /** Relative to the dataset. */
      readonly source: string;
      readonly size: number;
      readonly sha256: string;
    }
  | { readonly kind: "text"; readonly text: string };

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
  const staged = new Set(inputs.flatMap(({ members }) => members.map(({ member }) => member.path)));
  const files = inputs.flatMap(({ input, members }) =>
    members.flatMap((member) => filesOf(manifest, input, member, staged)),
  );
  const indexes = inputs
    .filter(({ input }) => input.many)
    .map(({ input, members }) => json(`${input.name}/index.json`, members.map(describeMember)));
  return [
    ...unique([...files, ...treeFiles(manifest, slice.inputs), ...treesToFill(manifest, slice.inputs)]),
    ...indexes,
    json("slice.json", description),
  ];
};

/**
 * Where the command finds an input: its file, or the folder of a `many`; relative to `$ROLLERBLADE_IN`. Null for an optional
 * input that the slice does not have.
 */
export const inputPath = (manifest: Manifest, input: ResolvedInput): string | null =>
  input.many ? input.name : (placeMembers(manifest, input)[0]?.file ?? null);

/** Where the command finds the files of an input, relative to `$ROLLERBLADE_IN`. */
export const inputFiles = (manifest: Manifest, input: ResolvedInput): string[] =>
  placeMembers(manifest, input).map(({ file }) => file);

/** The tree of the outputs that the files of an input are put into; undefined where they lie below `$ROLLERBLADE_IN`. */
const intoOf = ({ inputs }: Manifest, name: string): string | undefined => {
  const declared = inputs.find((input) => input.name === name);
  return declared?.kind === "derivative" ? declared.into : undefined;
};

type Placed = {
  readonly member: ResolvedMember;
  readonly file: string;
  /** In the order of the member's companions. */
  readonly companions: readonly string[];
};

const placeMembers = (manifest: Manifest, input: ResolvedInput): Placed[] =>
  input.members.map((member, index) => placeMember(manifest, input, member, index));

const placeMember = (manifest: Manifest, input: ResolvedInput, member: ResolvedMember, index: number): Placed => {
  const into = intoOf(manifest, input.name);
  if (into !== undefined) return { member, file: `${into}/${pathInFolder(member.path)}`, companions: [] };
  if (manifest.layout === "bids") return placeInTree(member);
  const number = String(index).padStart(6, "0");
  if (manifest.names === "bids") {
    const name = withoutExtension(member, member.path.slice(member.path.lastIndexOf("/") + 1));
    return place(member, input.many ? `${input.name}/${number}/${name}` : `${input.name}/${name}`);
  }
  return place(member, input.many ? `${input.name}/${number}` : input.name);
};

/** The path within a derivative dataset, of a path in the dataset that it belongs to. */
const pathInFolder = (path: string): string => path.split("/").slice(2).join("/");

/** In a BIDS tree a file keeps its path. What goes with it by inheritance lies beside it, where every program looks first. */
const placeInTree = (member: ResolvedMember): Placed => {
  const stem = withoutExtension(member, member.path);
  const folder = folderOf(member.path);
  const companions = member.companions.map((companion) => {
    if (companion.kind === "file" && folderOf(companion.path) === folder) return `bids/${companion.path}`;
    const { role } = companion;
    // `json`, `bval`: an extension; `events.tsv`: a suffix of its own in the place of the file's.
    return `bids/${role.includes(".") && !isExtension(role) ? `${stem.slice(0, stem.lastIndexOf("_"))}_${role}` : `${stem}.${role}`}`;
  });
  return { member, file: `bids/${member.path}`, companions };
};

const isExtension = (role: string): boolean => /^(nii|tsv|json)(\.gz)?$/.test(role);

const withoutExtension = ({ extension }: ResolvedMember, path: string): string =>
  path.endsWith(extension) ? path.slice(0, path.length - extension.length) : path;

const place = (member: ResolvedMember, stem: string): Placed => ({
  member,
  file: `${stem}${member.extension}`,
  companions: member.companions.map(({ role }) => companionPath(stem, role)),
});

/** `t1w.json`, `dwi.bval`; a companion with a suffix of its own (`events.tsv`) keeps it: `bold.events.tsv`. */
const companionPath = (stem: string, role: string): string => `${stem}.${role}`;

const filesOf = (
  manifest: Manifest,
  input: ResolvedInput,
  { member, file, companions }: Placed,
  staged: ReadonlySet<string>,
): StagedFile[] => [
  { ...object(file, member.dataset, member), ...(intoOf(manifest, input.name) !== undefined && { root: "out" }) },
  ...member.companions.map((companion, index): StagedFile => {
    const path = companions[index] ?? file;
    if (companion.kind === "file") return object(path, member.dataset, companion);
    const { metadata } = companion;
    return json(
      path,
      manifest.layout === "bids" ? cutReferences(metadata, member.path, (one) => staged.has(one)) : metadata,
    );
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

/** What a BIDS tree has beside the data files. */
const treeFiles = (manifest: Manifest, inputs: readonly ResolvedInput[]): StagedFile[] => {
  if (manifest.layout !== "bids") return [];
  const patterns = manifest.inputs.flatMap((input) => (input.kind === "ignored" ? input.ignored : []));
  const texts = bidsTreeTexts(
    manifest,
    inputs.filter(({ name }) => intoOf(manifest, name) === undefined),
  );
  const ignore = { path: ".bidsignore", text: patterns.map((line) => `${line}\n`).join("") };
  return [...texts, ...(patterns.length === 0 ? [] : [ignore])].map(({ path, text }) => ({
    kind: "text",
    path: `bids/${path}`,
    text,
  }));
};

/** The description that makes each tree which inputs are put into a derivative dataset, as the program finds it in the folder that it writes to. */
const treesToFill = (manifest: Manifest, inputs: readonly ResolvedInput[]): StagedFile[] =>
  inputs.flatMap(({ name, members: [first] }): StagedFile[] => {
    const into = intoOf(manifest, name);
    if (into === undefined || first === undefined) return [];
    return [{ ...json(`${into}/dataset_description.json`, derivativeDescription(first.path)), root: "out" }];
  });

/** Two inputs may be the same file in a BIDS tree. */
const unique = (files: readonly StagedFile[]): StagedFile[] => [
  ...new Map(files.map((file) => [`${file.root ?? "in"}/${file.path}`, file])).values(),
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
