import { bidsVersion, isJsonList, isJsonObject, type JsonObject } from "@rollerblade/abids";
import type { Source } from "@rollerblade/abids/facts";
import type { Manifest, OutputDeclaration } from "./manifest.ts";
import { folderName } from "./published-path.ts";
import type { RequestedSlice } from "./requested-slice.ts";

/** The data files that a slice's outputs are made from, in the order of the inputs. */
export const sourcesOf = (slice: RequestedSlice): Source[] =>
  slice.inputs.flatMap(({ members }) => members.map(({ dataset, path, sha256 }) => ({ dataset, path, sha256 })));

/** How a file came to be. */
export type Origin = {
  /** Of the file itself. */
  readonly dataset: string;
  readonly sources: readonly Source[];
  readonly parameters: JsonObject;
  /** Of the execution. */
  readonly key: string;
};

/**
 * Writes what stands beside a published file: what it was made from, by whom and how, and the fields that the manifest gives to this
 * output, or that the program wrote for this very file, which count before the manifest's. `Sources` and `GeneratedBy` are facts of the
 * execution, which nobody replaces.
 */
export const sidecar = (
  { name, version, description, outputs }: Manifest,
  origin: Origin,
  output: string,
  fields: JsonObject | null = null,
): JsonObject => ({
  Description: description,
  ...metadataOf(outputs.find((one) => one.name === output)),
  ...fields,
  Sources: origin.sources.map((source) => bidsUri(source, origin.dataset)),
  GeneratedBy: [{ Name: name, Version: version, Parameters: origin.parameters, Key: origin.key }],
});

/** The entries of `GeneratedBy` of a description. */
const generatorsIn = (description: JsonObject | null): JsonObject[] => {
  const generators = description?.GeneratedBy;
  return generators !== undefined && isJsonList(generators) ? generators.filter(isJsonObject) : [];
};

const metadataOf = (output: OutputDeclaration | undefined): JsonObject | undefined =>
  output === undefined || "tree" in output ? undefined : output.metadata;

/**
 * BIDS URI of a source, seen from a derivative of the dataset; `raw` is declared under `DatasetLinks`.
 * https://bids-specification.readthedocs.io/en/stable/common-principles.html#bids-uri
 */
export const bidsUri = ({ dataset, path }: Source, from: string): string =>
  `bids:${dataset === from ? "raw" : dataset}:${path}`;

/** Fields of a description that a program may fill for us (BIDS specification, "dataset_description.json"). */
const ownFields = [
  ...["License", "Authors", "Acknowledgements", "HowToAcknowledge", "Funding", "EthicsApprovals"],
  ...["ReferencesAndLinks", "DatasetDOI"],
];

/**
 * `dataset_description.json` of a folder of derivatives. `code` is the version's code: a container is named only where
 * one ran, and not where the same manifest ran as a process.
 * @param own what the program of a tree says of itself: who made it with what, how it is cited, under which licence it may be used
 */
export const datasetDescription = (
  manifest: Manifest,
  parametersHash: string,
  code: string,
  own: JsonObject | null = null,
): JsonObject => {
  const name = folderName(manifest.name, manifest.version, parametersHash);
  const generators = generatorsIn(own);
  return {
    ...Object.fromEntries(Object.entries(own ?? {}).filter(([field]) => ownFields.includes(field))),
    Name: name,
    BIDSVersion: bidsVersion.bids,
    DatasetType: "derivative",
    // The name includes the version too: PyBIDS refuses two derivative datasets whose generators have one name.
    GeneratedBy: [
      {
        Name: name,
        Version: manifest.version,
        Description: manifest.description,
        ...(manifest.image !== null &&
          code.startsWith("image:") && { Container: { Type: "docker", Tag: manifest.image } }),
        Code: code,
      },
      ...generators,
    ],
    DatasetLinks: { raw: "../.." },
    SourceDatasets: [{ URL: "../.." }],
  };
};
