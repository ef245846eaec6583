import { PNG } from "pngjs";

/** Red, green and blue of cerebrospinal fluid, grey matter and white matter: told apart by the colour-blind too. */
const COLOURS = [
  [0, 114, 178],
  [230, 159, 0],
  [240, 228, 66],
];
/** How much of the colour is mixed into the grey. */
const OPACITY = 0.45;
/** Pixels between two pictures. */
const GAP = 8;

/**
 * The views side by side: the image in grey, the tissues in colour. The same voxels give the same bytes.
 * @param {import("./slices.js").View[]} views
 * @param {Float32Array} values Intensities of the image.
 * @param {Uint8Array} tissues 0 outside the brain, else the tissue's index + 1.
 * @param {number} white Intensity that is shown as white.
 * @returns {Buffer}
 */
export const drawPicture = (views, values, tissues, white) => {
  const width = views.reduce((sum, view) => sum + view.width, GAP * (views.length - 1));
  const height = Math.max(...views.map((view) => view.height));
  const png = new PNG({ width, height, colorType: 2, bgColor: { red: 0, green: 0, blue: 0 } });
  png.data.fill(0);
  for (let i = 3; i < png.data.length; i += 4) png.data[i] = 255;
  let left = 0;
  for (const view of views) {
    drawView(png, view, left, Math.floor((height - view.height) / 2), values, tissues, white);
    left += view.width + GAP;
  }
  return PNG.sync.write(png, { colorType: 2, deflateLevel: 6, filterType: 2 });
};

/** @param {PNG} png @param {import("./slices.js").View} view @param {number} left @param {number} top @param {Float32Array} values @param {Uint8Array} tissues @param {number} white */
const drawView = (png, view, left, top, values, tissues, white) => {
  for (let y = 0; y < view.height; y += 1) {
    for (let x = 0; x < view.width; x += 1) {
      const voxel = view.voxelAt(x, y);
      if (voxel < 0) continue;
      const grey = Math.max(0, Math.min(255, (values[voxel] / white) * 255));
      const colour = tissues[voxel] === 0 ? undefined : COLOURS[tissues[voxel] - 1];
      const at = ((top + y) * png.width + left + x) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        png.data[at + channel] = Math.round(
          colour === undefined ? grey : grey * (1 - OPACITY) + colour[channel] * OPACITY,
        );
      }
    }
  }
};
