import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "./bad-input.js";
import { brainVoxels } from "./brain-voxels.js";
import { histogramOf, quantile } from "./histogram.js";
import { readImage } from "./nifti-image.js";
import { drawPicture } from "./picture.js";
import { segment } from "./segment.js";
import { folder, numberParameter, readInput, readSlice } from "./slice.js";
import { threeViews } from "./slices.js";
import { volumesOf } from "./volumes.js";

/** One T1w image and its brain mask in; volumes and a picture out. */
const run = () => {
  const slice = readSlice();
  const biasOrder = Math.round(numberParameter(slice, "biasOrder", { min: 0, max: 4, fallback: 3 }));
  const image = readImage(readInput(slice, "t1w"));
  const brain = brainVoxels(image, readImage(readInput(slice, "mask")));
  const tissues = segment(brain, biasOrder);
  write("volumes.json", `${JSON.stringify(volumesOf(tissues, image.header.spacing), null, 2)}\n`);
  const white = 1.1 * quantile(histogramOf(brain.values), 0.99);
  write(
    "segmentation.png",
    drawPicture(threeViews(image.header, brain.at), image.values, tissueImage(brain, tissues, image), white),
  );
};

/** Every voxel's tissue: 0 outside the brain, else its index + 1. @param {import("./brain-voxels.js").BrainVoxels} brain @param {Uint8Array} tissues @param {import("./nifti-image.js").Image} image */
const tissueImage = ({ at }, tissues, { values }) => {
  const all = new Uint8Array(values.length);
  for (let i = 0; i < at.length; i += 1) all[at[i]] = tissues[i] + 1;
  return all;
};

/** @param {string} name @param {string | Buffer} content */
const write = (name, content) => writeFileSync(join(folder("ROLLERBLADE_OUT"), name), content);

try {
  run();
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 65;
}
