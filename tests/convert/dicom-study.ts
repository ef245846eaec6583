import { execFile } from "node:child_process";
import { join } from "node:path";
import { pythonWith } from "../e2e/python.ts";

/** A series that `write_study.py` writes; see there. */
export type MadeSeries = {
  readonly folder: string;
  readonly subject: string;
  readonly description: string;
  readonly number: number;
  readonly date: string;
  readonly time: string;
  readonly seed: number;
  /** Columns, rows and slices. */
  readonly shape: readonly [number, number, number];
  readonly study: string;
  readonly series: string;
  readonly [more: string]: unknown;
};

const python = await pythonWith("pydicom", "3.0.2", ["numpy==2.4.6"]);

/** Whether DICOM can be written here. */
export const canWriteDicom = python !== null;

/** The beginning of identifiers that anybody may use (PS3.5, B.2: `2.25` and a number). */
const root = "2.25.4711";

/** Fills in what most series have in common. `number`: unique in the study. */
export const madeSeries = (number: number, more: Partial<MadeSeries>): MadeSeries => ({
  folder: `series-${number}`,
  subject: "P01",
  description: "t1_mprage",
  number,
  date: "20240110",
  time: `09${String(number).padStart(2, "0")}00`,
  seed: number,
  shape: [12, 10, 6],
  study: `${root}.1`,
  series: `${root}.1.${number}`,
  ...more,
});

/** Writes series as DICOM below a folder. */
export const writeDicom = (folder: string, series: readonly MadeSeries[]): Promise<void> =>
  new Promise((done, failed) => {
    const child = execFile(python ?? "", [join(import.meta.dirname, "write_study.py")], (error, _, stderr) =>
      error === null ? done() : failed(new Error(stderr)),
    );
    child.stdin?.end(JSON.stringify({ root: folder, series }));
  });

/** The value that a voxel of a series was written with. */
export const madeVoxel = ({ seed }: MadeSeries, [x, y, z]: readonly number[], volume = 0, echo = 0): number =>
  (seed * 7 + 13 * (x ?? 0) + 29 * (y ?? 0) + 101 * (z ?? 0) + 257 * (volume * 100 + echo)) % 1_000;

/** Where its centre is, in millimetres to the right, front and top. */
export const madePlace = ([x, y, z]: readonly number[]): readonly number[] => [
  20 - 1.5 * (x ?? 0),
  30 - 1.5 * (y ?? 0),
  -10 + 1.5 * (z ?? 0),
];
