import { writeName } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import type { Manifest, OutputDeclaration } from "./manifest.ts";
import { isJson, outputTemplate } from "./output-template.ts";
import type { RequestedSlice } from "./requested-slice.ts";

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
  output: OutputDeclaration,
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

/** The name that the container gives an output below `$ROLLERBLADE_OUT`: `mask.nii.gz`. */
export const outputFile = (output: OutputDeclaration): string =>
  `${output.name}${outputTemplate(output.template).extension}`;

/**
 * The file below `$ROLLERBLADE_OUT` in which a program may write fields for the sidecar of an output: `mask.json`. Null for a `.json`
 * output, which has no sidecar.
 */
export const sidecarFile = (output: OutputDeclaration): string | null =>
  isJson(outputTemplate(output.template)) ? null : `${output.name}.json`;

/**
 * What is wrong with the files that an attempt left behind: required ones that are missing, and ones that nobody
 * declared. Undefined when all is well.
 */
export const faultOfOutputs = (manifest: Manifest, found: readonly string[]): string | undefined => {
  const declared = manifest.outputs.map((output) => ({ output, file: outputFile(output) }));
  const sidecars = declared.map(({ output, file }) => ({ file, sidecar: sidecarFile(output) }));
  const names = [...declared.map(({ file }) => file), ...sidecars.map(({ sidecar }) => sidecar)];
  const lone = sidecars.filter(
    ({ file, sidecar }) => sidecar !== null && found.includes(sidecar) && !found.includes(file),
  );
  const missing = declared
    .filter(({ output, file }) => output.required && !found.includes(file))
    .map(({ file }) => file);
  const undeclared = found.filter((file) => !names.includes(file));
  const faults = [
    ...missing.map((file) => `the declared output ${file} is missing`),
    ...lone.map(({ file, sidecar }) => `the fields in ${sidecar} are of ${file}, which is missing`),
    ...undeclared.map((file) => `the file ${JSON.stringify(file)} was not declared${didYouMean(file, missing)}`),
  ];
  return faults.length === 0 ? undefined : faults.join("; ");
};

/** A file that an attempt left behind, and what is wrong with its content; see `faultOfContent`. */
export type LeftFile = { readonly name: string; readonly fault?: string | undefined };

/** What is wrong with the contents of declared outputs, apart from those whose content may be anything. Undefined when all is well. */
export const faultOfContents = (manifest: Manifest, found: readonly LeftFile[]): string | undefined => {
  const free = manifest.outputs.filter(({ content }) => content === "any").map(outputFile);
  const faults = found.flatMap(({ name, fault }) =>
    fault === undefined || free.includes(name) ? [] : [`the output ${name} ${fault}`],
  );
  return faults.length === 0
    ? undefined
    : `${faults.join("; ")} (\`content: any\` in the manifest takes it all the same)`;
};
