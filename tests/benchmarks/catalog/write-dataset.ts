import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Files of one subject: two sessions of a T1w, two runs of a task, diffusion and a field map, each with sidecars. */
export const filesOfSubject = 32;
/** Files of the dataset itself. */
export const filesOfDataset = 9;

/** Writes a valid BIDS dataset of so many subjects; the same number gives the same bytes. */
export const writeDataset = (folder: string, subjects: number): void => {
  mkdirSync(folder, { recursive: true });
  const json = (path: string, value: unknown): void =>
    writeFileSync(join(folder, path), `${JSON.stringify(value, null, 2)}\n`);
  json("dataset_description.json", {
    Name: `synthetic ${subjects}`,
    BIDSVersion: "1.11.1",
    DatasetType: "raw",
    License: "CC0",
    Authors: ["A. Generator"],
  });
  writeFileSync(join(folder, "README"), "Synthetic data for timing only.\n".repeat(6));
  writeFileSync(join(folder, "CHANGES"), "1.0.0 2026-01-01\n  - First version.\n");
  json("participants.json", {
    age: { Description: "Age", Units: "years" },
    sex: { Levels: { M: "male", F: "female" } },
  });
  json("T1w.json", { MagneticFieldStrength: 3, Manufacturer: "Siemens" });
  json("task-rest_bold.json", { TaskName: "rest", RepetitionTime: 2, MagneticFieldStrength: 3 });
  json("task-rest_events.json", { trial_type: { Levels: { open: "eyes open", closed: "eyes closed" } } });
  json("dwi.json", { MagneticFieldStrength: 3 });
  const rows = ["participant_id\tage\tsex"];
  for (let index = 1; index <= subjects; index++) {
    writeSubject(folder, labelOf(index));
    rows.push(`sub-${labelOf(index)}\t${18 + ((index * 37) % 63)}\t${index % 2 === 0 ? "M" : "F"}`);
  }
  writeFileSync(join(folder, "participants.tsv"), `${rows.join("\n")}\n`);
};

/** Label of the subject with this number. */
export const labelOf = (index: number): string => String(index).padStart(5, "0");

/** Writes one subject. */
export const writeSubject = (folder: string, label: string): void => {
  for (const session of ["1", "2"])
    writeSession(join(folder, `sub-${label}`, `ses-${session}`), `sub-${label}_ses-${session}`);
};

const writeSession = (folder: string, name: string): void => {
  for (const datatype of ["anat", "func", "dwi", "fmap"]) mkdirSync(join(folder, datatype), { recursive: true });
  const put = (path: string, content: string | Buffer): void => writeFileSync(join(folder, path), content);
  const json = (path: string, value: unknown): void => put(path, `${JSON.stringify(value, null, 2)}\n`);
  put(`anat/${name}_T1w.nii.gz`, images.anat);
  json(`anat/${name}_T1w.json`, { EchoTime: 0.00298, RepetitionTime: 2.3, FlipAngle: 9 });
  for (const run of [1, 2]) {
    const stem = `func/${name}_task-rest_run-${run}`;
    put(`${stem}_bold.nii.gz`, images.bold);
    json(`${stem}_bold.json`, {
      EchoTime: 0.03,
      FlipAngle: 90,
      PhaseEncodingDirection: "j-",
      TotalReadoutTime: 0.05,
      SliceTiming: [0, 0.5, 1, 1.5],
    });
    put(`${stem}_events.tsv`, events);
  }
  put(`dwi/${name}_dwi.nii.gz`, images.dwi);
  json(`dwi/${name}_dwi.json`, {
    EchoTime: 0.09,
    RepetitionTime: 8,
    PhaseEncodingDirection: "j",
    TotalReadoutTime: 0.05,
  });
  put(`dwi/${name}_dwi.bval`, "0 1000 1000 1000 1000 1000 1000\n");
  put(`dwi/${name}_dwi.bvec`, "0 1 0 0 0.707 0.707 0\n0 0 1 0 0.707 0 0.707\n0 0 0 1 0 0.707 0.707\n");
  put(`fmap/${name}_phasediff.nii.gz`, images.fmap);
  json(`fmap/${name}_phasediff.json`, {
    EchoTime1: 0.00492,
    EchoTime2: 0.00738,
    IntendedFor: [`bids::${name.replace("_", "/")}/func/${name}_task-rest_run-1_bold.nii.gz`],
  });
  put(`fmap/${name}_magnitude1.nii.gz`, images.fmap);
  json(`fmap/${name}_magnitude1.json`, { EchoTime: 0.00492 });
};

const events = `onset\tduration\ttrial_type\n${Array.from({ length: 8 }, (_, at) => `${2 * at}.0\t1.0\t${at % 2 ? "open" : "closed"}\n`).join("")}`;

/** The smallest valid image. @see nifti1.h */
const image = (shape: readonly number[], spacing: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(352 + 2 * shape.reduce((product, length) => product * length, 1));
  bytes.writeInt32LE(348, 0);
  for (const [index, length] of [shape.length, ...shape].entries()) bytes.writeInt16LE(length, 40 + 2 * index);
  bytes.writeInt16LE(4, 70);
  bytes.writeInt16LE(16, 72);
  for (const [index, size] of [1, ...spacing].entries()) bytes.writeFloatLE(size, 76 + 4 * index);
  bytes.writeFloatLE(352, 108);
  bytes.writeUInt8(2 | 8, 123);
  bytes.writeInt16LE(1, 254);
  for (const row of [0, 1, 2]) bytes.writeFloatLE(spacing[row] ?? 1, 280 + 20 * row);
  bytes.write("n+1\0", 344, "latin1");
  return gzipSync(bytes, { level: 1 });
};

const images = {
  anat: image([4, 4, 4], [1, 1, 1]),
  bold: image([4, 4, 4, 8], [3, 3, 3, 2]),
  dwi: image([4, 4, 4, 7], [2, 2, 2, 8]),
  fmap: image([4, 4, 4], [3, 3, 3]),
} as const;
