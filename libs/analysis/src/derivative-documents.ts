import { bidsVersion, type JsonObject } from "@rollerblade/abids";
import type { Source } from "@rollerblade/abids/facts";
import type { Manifest } from "./manifest.ts";
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
  ...outputs.find((one) => one.name === output)?.metadata,
  ...fields,
  Sources: origin.sources.map((source) => bidsUri(source, origin.dataset)),
  GeneratedBy: [{ Name: name, Version: version, Parameters: origin.parameters, Key: origin.key }],
});

/**
 * BIDS URI of a source, seen from a derivative of the dataset; `raw` is declared under `DatasetLinks`.
 * https://bids-specification.readthedocs.io/en/stable/common-principles.html#bids-uri
 */
export const bidsUri = ({ dataset, path }: Source, from: string): string =>
  `bids:${dataset === from ? "raw" : dataset}:${path}`;

/**
 * `dataset_description.json` of a folder of derivatives. `code` is the version's code: a container is named only where
 * one ran, and not where the same manifest ran as a process.
 */
export const datasetDescription = (manifest: Manifest, parametersHash: string, code: string): JsonObject => {
  const name = folderName(manifest.name, manifest.version, parametersHash);
  return {
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
    ],
    DatasetLinks: { raw: "../.." },
    SourceDatasets: [{ URL: "../.." }],
  };
};
