import { writeName } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import type { FileOutput, Manifest, OutputDeclaration } from "./manifest.ts";
import { isJson, outputTemplate } from "./output-template.ts";
import type { RequestedSlice } from "./requested-slice.ts";
import {
  faultOfTree,
  isOfWholeFolder,
  mustBeWhole,
  outputOfMade,
  readTreeFileName,
  type SliceLabels,
  splitTreeFile,
  treesOf,
} from "./tree-output.ts";

/** What an output is called once it is published. */
export type PublishedName = {
  /** Relative to the dataset. */
  readonly path: string;
  /** Path of its sidecar, or null for a `.json` output, which gets none. */
  readonly sidecar: string | null;
  readonly entities: Readonly<Record<string, string>>;
  readonly datatype: string | null;
  readonly suffix: string;
  /** With its dot. */
  readonly extension: string;
};

/** Folder of an analysis' derivatives, relative to the dataset. Two settings of one analysis never share a folder. */
export const derivativeFolder = (
  { name, version }: Pick<Manifest, "name" | "version">,
  parametersHash: string,
): string => `derivatives/${folderName(name, version, parametersHash)}`;

/** Its last part: `brain-mask-1.2.0`, or with settings of its own `brain-mask-1.2.0+0a1b2c3d`. */
export const folderName = (name: string, version: string, parametersHash: string): string =>
  `${name}-${version}${parametersHash === "" ? "" : `+${parametersHash}`}`;

/** The name of one output for one slice. @throws Problem for a label that no BIDS name can hold */
export const publishedName = (
  manifest: Manifest,
  output: FileOutput,
  { entities, datatype }: Pick<RequestedSlice, "entities" | "datatype">,
  parametersHash: string,
): PublishedName => {
  const template = outputTemplate(output.template);
  const parts = { entities: { ...entities, ...template.entities }, datatype, suffix: template.suffix };
  const folder = derivativeFolder(manifest, parametersHash);
  const { extension } = template;
  return {
    path: `${folder}/${writeName({ ...parts, extension })}`,
    sidecar: isJson(template) ? null : `${folder}/${writeName({ ...parts, extension: ".json" })}`,
    ...parts,
    extension,
  };
};

/**
 * Finds the name that something which an execution made is published by: an output by its name in the manifest, or a file of a tree as
 * `<tree>/<path>`. Null for a file of a tree that the derivative dataset itself brings; see {@link isOfWholeFolder}.
 * @throws Problem for a label that no BIDS name can hold
 */
export const publishedNameOf = (
  manifest: Manifest,
  made: string,
  slice: Pick<RequestedSlice, "entities" | "datatype">,
  parametersHash: string,
): PublishedName | null => {
  const output = outputOfMade(manifest, made);
  if (output === undefined) return null;
  if (!("tree" in output)) return publishedName(manifest, output, slice, parametersHash);
  const path = splitTreeFile(made)?.path ?? "";
  if (isOfWholeFolder(path)) return null;
  return { path: `${derivativeFolder(manifest, parametersHash)}/${path}`, sidecar: null, ...readTreeFileName(path) };
};

/** The name that the container gives an output below `$ROLLERBLADE_OUT`: `mask.nii.gz`, or that of a tree's folder. */
export const outputFile = (output: OutputDeclaration): string =>
  "tree" in output ? output.name : `${output.name}${outputTemplate(output.template).extension}`;

/**
 * The file below `$ROLLERBLADE_OUT` in which a program may write fields for the sidecar of an output: `mask.json`. Null for a `.json`
 * output, which has no sidecar.
 */
export const sidecarFile = (output: OutputDeclaration): string | null =>
  "tree" in output || isJson(outputTemplate(output.template)) ? null : `${output.name}.json`;

/**
 * What is wrong with the files that an attempt left behind: required ones that are missing, ones that nobody
 * declared, and trees that their patterns do not fit. Undefined when all is well.
 * @param found relative to `$ROLLERBLADE_OUT`
 */
export const faultOfOutputs = (
  manifest: Manifest,
  found: readonly string[],
  labels: SliceLabels = {},
): string | undefined => {
  const trees = treesOf(manifest);
  const byTree = Map.groupBy(found, (file) => {
    const top = splitTreeFile(file)?.tree;
    return trees.find(({ name }) => name === top)?.name ?? null;
  });
  const faults = [
    ...faultsOfFiles(
      manifest.outputs.filter((output) => !("tree" in output)),
      byTree.get(null) ?? [],
    ),
    ...trees.flatMap((tree) => {
      const paths = (byTree.get(tree.name) ?? []).flatMap((file) => splitTreeFile(file)?.path ?? []);
      return faultOfTree(tree, paths, labels) ?? [];
    }),
  ];
  return faults.length === 0 ? undefined : faults.join("; ");
};

const faultsOfFiles = (outputs: readonly OutputDeclaration[], found: readonly string[]): string[] => {
  const declared = outputs.map((output) => ({ output, file: outputFile(output) }));
  const sidecars = declared.map(({ output, file }) => ({ file, sidecar: sidecarFile(output) }));
  const names = [...declared.map(({ file }) => file), ...sidecars.map(({ sidecar }) => sidecar)];
  const lone = sidecars.filter(
    ({ file, sidecar }) => sidecar !== null && found.includes(sidecar) && !found.includes(file),
  );
  const missing = declared
    .filter(({ output, file }) => output.required && !found.includes(file))
    .map(({ file }) => file);
  const undeclared = found.filter((file) => !names.includes(file));
  return [
    ...missing.map((file) => `the declared output ${file} is missing`),
    ...lone.map(({ file, sidecar }) => `the fields in ${sidecar} are of ${file}, which is missing`),
    ...undeclared.map((file) => `the file ${JSON.stringify(file)} was not declared${didYouMean(file, missing)}`),
  ];
};

/** A file that an attempt left behind, and what is wrong with its content; see `faultOfContent`. */
export type LeftFile = { readonly name: string; readonly fault?: string | undefined };

/**
 * What is wrong with the contents of declared outputs, apart from those whose content may be anything: of a tree all files but those that
 * must be there. Undefined when all is well.
 */
export const faultOfContents = (
  manifest: Manifest,
  found: readonly LeftFile[],
  labels: SliceLabels = {},
): string | undefined => {
  const free = manifest.outputs.filter((output) => !("tree" in output) && output.content === "any").map(outputFile);
  const faults = found.flatMap(({ name, fault }) =>
    fault === undefined || free.includes(name) || isFreeInTree(manifest, name, labels)
      ? []
      : [`the output ${name} ${fault}`],
  );
  return faults.length === 0
    ? undefined
    : `${faults.join("; ")} (\`content: any\` in the manifest takes it all the same)`;
};

const isFreeInTree = (manifest: Manifest, file: string, labels: SliceLabels): boolean =>
  splitTreeFile(file) !== null && !mustBeWholeFile(manifest, file, labels);

/** Whether a file below `$ROLLERBLADE_OUT` is one of a tree that must be there, so that its content has to be whole. */
export const mustBeWholeFile = (manifest: Manifest, file: string, labels: SliceLabels): boolean => {
  const split = splitTreeFile(file);
  const tree = treesOf(manifest).find(({ name }) => name === split?.tree);
  return tree !== undefined && split !== null && mustBeWhole(tree, split.path, labels);
};
