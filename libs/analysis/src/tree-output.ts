import { datatypes, entityKeys, readGlob } from "@rollerblade/abids";
import type { Manifest, OutputDeclaration, TreeOutput, TreePatterns } from "./manifest.ts";
import type { RequestedSlice } from "./requested-slice.ts";

/** The labels of a slice that patterns may name. */
export type SliceLabels = RequestedSlice["entities"];

/** The trees among the outputs of an analysis. */
export const treesOf = ({ outputs }: Pick<Manifest, "outputs">): TreeOutput[] =>
  outputs.flatMap((output) => ("tree" in output ? [output] : []));

/** The part of a file's name below `$ROLLERBLADE_OUT` that says which tree it lies in, and the rest; null directly in that folder. */
export const splitTreeFile = (file: string): { readonly tree: string; readonly path: string } | null => {
  const slash = file.indexOf("/");
  return slash < 0 ? null : { tree: file.slice(0, slash), path: file.slice(slash + 1) };
};

/** Finds the output that a stored name belongs to: that of a file as the manifest calls it, or `<tree>/<path>`. */
export const outputOfMade = ({ outputs }: Pick<Manifest, "outputs">, made: string): OutputDeclaration | undefined => {
  const inTree = splitTreeFile(made);
  return outputs.find((output) => output.name === (inTree?.tree ?? made) && "tree" in output === (inTree !== null));
};

/**
 * Files of a tree that the derivative dataset as a whole has, and that are written for it: what the program says of itself in its
 * description is taken over into ours, and what BIDS has no name for is found by the names themselves.
 */
export const isOfWholeFolder = (path: string): boolean => path === "dataset_description.json" || path === ".bidsignore";

/**
 * Whether a file of a tree is of the dataset rather than of the slice, since no part of its path has the slice's own label: the table of the
 * labels of a segmentation, a text to cite. Every slice writes it, so the one that is there stays.
 */
export const isSharedFile = (path: string, { sub }: SliceLabels): boolean => {
  if (sub === undefined) return false;
  const own = `sub-${sub}`;
  // As a folder, or at the beginning of a name: `sub-01`, `sub-01_T1w.nii.gz`, `sub-01.html`, and not `sub-012`.
  return !path.split("/").some((part) => part.startsWith(own) && /^($|[_.])/.test(part.slice(own.length)));
};

/** The parts of a BIDS name, as far as the name of a file in a tree has them. */
export type TreeFileName = {
  readonly entities: Readonly<Record<string, string>>;
  readonly datatype: string | null;
  /** Empty where the name has none: `sub-01.html`. */
  readonly suffix: string;
  /** With its dot; empty where there is none. */
  readonly extension: string;
};

/**
 * Reads what the name of a file in a tree says. Pipelines write names that BIDS does not have (`sub-01/figures/sub-01_desc-about_T1w.html`),
 * so everything that is there is taken and nothing is refused.
 */
export const readTreeFileName = (path: string): TreeFileName => {
  const folders = path.split("/");
  const name = folders.pop() ?? "";
  const dot = name.indexOf(".", 1);
  const parts = (dot < 0 ? name : name.slice(0, dot)).split("_");
  const pairs = [...folders, ...parts].flatMap((part) => {
    const [, key = "", value = ""] = /^([a-z0-9]+)-([A-Za-z0-9+]+)$/.exec(part) ?? [];
    return entityKeys.includes(key) ? [[key, value] as const] : [];
  });
  const last = parts.at(-1) ?? "";
  return {
    entities: Object.fromEntries(pairs),
    datatype: folders.findLast((folder) => datatypes.has(folder)) ?? null,
    suffix: /^[A-Za-z0-9]+$/.test(last) ? last : "",
    extension: dot < 0 ? "" : name.slice(dot),
  };
};

/**
 * Describes what is wrong with the files of a tree, or returns undefined: nothing that a `must` asks for, something that may not be there.
 * @param paths relative to the tree
 */
export const faultOfTree = (
  { name, tree }: TreeOutput,
  paths: readonly string[],
  labels: SliceLabels,
): string | undefined => {
  const { must, may, mustNot } = patternsFor(tree, labels);
  const missing = must.filter((oneOf) => !oneOf.some(({ glob }) => paths.some(glob)));
  const barred = mustNot.flatMap(({ text, glob }) => paths.filter(glob).map((path) => ({ path, text })));
  const undeclared =
    may === null ? [] : paths.filter((path) => ![...must.flat(), ...may].some(({ glob }) => glob(path)));
  const faults = [
    ...missing.map((oneOf) => `the tree ${name} has no ${oneOf.map(({ text }) => text).join(" and no ")}`),
    ...shorten(
      barred.map(({ path, text }) => `the tree ${name} has ${path}, which ${text} (mustNot) says must not be there`),
    ),
    ...shorten(
      undeclared
        .filter((path) => !isOfWholeFolder(path))
        .map((path) => `the tree ${name} has ${path}, which none of its patterns (must, may) allows`),
    ),
  ];
  return faults.length === 0 ? undefined : faults.join("; ");
};

/** Whether a file of a tree is one that must be there, so that it has to be whole. */
export const mustBeWhole = ({ tree }: TreeOutput, path: string, labels: SliceLabels): boolean =>
  patternsFor(tree, labels)
    .must.flat()
    .some(({ glob }) => glob(path));

/** A program may write thousands of files that nobody wanted. */
const maxNamed = 3;

const shorten = (faults: readonly string[]): string[] =>
  faults.length <= maxNamed
    ? [...faults]
    : [...faults.slice(0, maxNamed), `${faults.length - maxNamed} more of the kind`];

type Pattern = { readonly text: string; readonly glob: (path: string) => boolean };

const patternsFor = (
  { must, may, mustNot }: TreePatterns,
  labels: SliceLabels,
): {
  readonly must: readonly (readonly Pattern[])[];
  readonly may: readonly Pattern[] | null;
  readonly mustNot: readonly Pattern[];
} => {
  const compile = (pattern: string): Pattern => {
    const text = pattern
      .replaceAll("{subject}", labels.sub ?? "*")
      // A subject without sessions has neither the folder nor the entity.
      .replace(/ses-\{session\}\/|_ses-\{session\}/g, (found) => (labels.ses === undefined ? "" : found))
      .replaceAll("{session}", labels.ses ?? "*");
    return { text, glob: readGlob(text) };
  };
  return {
    must: must.map((one) => [one].flat().map(compile)),
    may: may?.map(compile) ?? null,
    mustNot: mustNot.map(compile),
  };
};
