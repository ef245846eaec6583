import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "./bad-input.js";
import { brainMask } from "./brain-mask.js";
import { readImage } from "./nifti-image.js";
import { folder, numberParameter, readInput, readSlice } from "./slice.js";
import { packMask } from "./write-mask.js";

/** One T1w image in, one mask out. */
const run = () => {
  const slice = readSlice();
  const settings = {
    smoothing: numberParameter(slice, "smoothing", { min: 0, max: 10, fallback: 3 }),
    threshold: numberParameter(slice, "threshold", { min: 0.1, max: 0.9, fallback: 0.55 }),
  };
  const image = readImage(readInput(slice, "t1w"));
  const mask = brainMask(image, settings);
  writeFileSync(join(folder("ROLLERBLADE_OUT"), "mask.nii.gz"), packMask(image, mask));
};

try {
  run();
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 65;
}
