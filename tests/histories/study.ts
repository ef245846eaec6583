import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A person of the study: age in years, and the value of each image by its run number. */
export type Person = { readonly age: number; readonly runs: ReadonlyMap<number, number> };

/** The source folder of a small study, as a model in memory: people by label. A run is an image of one voxel with a whole number in it. */
export type Study = ReadonlyMap<string, Person>;

/** A value from which on the test's analysis refuses an image as bad input. */
export const badValue = 90;

/** Writes the study as a BIDS dataset, replacing whatever lay in the folder. */
export const writeStudy = async (folder: string, study: Study): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "dataset_description.json"),
    JSON.stringify({ Name: "History", BIDSVersion: "1.10.0", DatasetType: "raw", License: "CC0", Authors: ["Nobody"] }),
  );
  await writeFile(join(folder, "README"), "A study that a test makes.\n");
  const rows = [...study].sort().map(([label, { age }]) => `sub-${label}\t${age}\n`);
  await writeFile(join(folder, "participants.tsv"), `participant_id\tage\n${rows.join("")}`);
  await writeFile(
    join(folder, "participants.json"),
    JSON.stringify({ age: { Description: "Age at the scan", Units: "year" } }),
  );
  for (const [label, { runs }] of study)
    for (const [run, value] of runs) {
      const path = join(folder, imageOf(label, run));
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, image(value));
    }
};

/** Path of an image in the dataset. */
export const imageOf = (label: string, run: number): string => `sub-${label}/anat/sub-${label}_run-${run}_T1w.nii.gz`;

/** A NIfTI-1 image of one 16-bit voxel, compressed without a time stamp, so that equal values are equal bytes. */
export const image = (value: number): Buffer => {
  const bytes = Buffer.alloc(354);
  bytes.writeInt32LE(348, 0);
  [3, 1, 1, 1, 1, 1, 1, 1].forEach((size, at) => {
    bytes.writeInt16LE(size, 40 + 2 * at);
  });
  bytes.writeInt16LE(4, 70);
  bytes.writeInt16LE(16, 72);
  [1, 1, 1, 1].forEach((size, at) => {
    bytes.writeFloatLE(size, 76 + 4 * at);
  });
  bytes.writeFloatLE(352, 108);
  bytes.writeUInt8(2, 123);
  bytes.writeInt16LE(1, 254);
  [0, 1, 2].forEach((axis) => {
    bytes.writeFloatLE(1, 280 + 20 * axis);
  });
  bytes.write("n+1\0", 344, "latin1");
  bytes.writeInt16LE(value, 352);
  return gzipSync(bytes);
};
