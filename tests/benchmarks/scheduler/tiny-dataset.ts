import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { niftiHeader } from "@rollerblade/abids/testing";

/** Scans of one subject. */
const scansEach = 20;

/** Writes a valid BIDS dataset of so many T1w scans, each with other bytes, a few hundred bytes long. */
export const writeTinyDataset = async (folder: string, scans: number, first = 0): Promise<string> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "dataset_description.json"), '{"Name": "Tiny", "BIDSVersion": "1.10.0"}\n');
  for (let scan = first; scan < first + scans; scan++) await writeTinyScan(folder, scan);
  return folder;
};

/** Adds the scan of that number. @returns its path */
export const writeTinyScan = async (folder: string, scan: number): Promise<string> => {
  const subject = `sub-${String(Math.floor(scan / scansEach)).padStart(4, "0")}`;
  const anat = join(folder, subject, "anat");
  await mkdir(anat, { recursive: true });
  const name = `${subject}_run-${String((scan % scansEach) + 1).padStart(2, "0")}_T1w.nii.gz`;
  const path = join(anat, name);
  const voxels = Buffer.from(`scan ${scan} of ${folder}`);
  await writeFile(path, gzipSync(Buffer.concat([niftiHeader({ dims: [voxels.length, 1, 1] }), voxels])));
  return path;
};
