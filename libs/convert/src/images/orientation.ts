import {
  dimsOf,
  emptyHeader,
  isNifti,
  type NiftiHeader,
  setAffine,
  setDims,
  setSpacing,
  setType,
  spacingOf,
  typeOf,
} from "./nifti-header.ts";

/** World axis and direction of a letter; NIfTI's axes point to the right, front and top. */
const directions: Readonly<Record<string, readonly [axis: number, sign: number]>> = {
  ...{ R: [0, 1], L: [0, -1], A: [1, 1], P: [1, -1], S: [2, 1], I: [2, -1] },
};

/**
 * Gives an image without orientation the declared one, with its centre at the origin. Analyze headers become NIfTI headers
 * of the same byte order; without a declaration the axes are left undefined.
 */
export const orientedAs = (header: NiftiHeader, orientation: string | null): NiftiHeader => {
  const made = isNifti(header) ? header : fromAnalyze(header);
  if (orientation === null) return made;
  const dims = dimsOf(made);
  const rows = [0, 1, 2].map((world) => {
    const values = [...orientation].map((letter, axis) => {
      const [to, sign] = directions[letter] ?? [axis, 1];
      return to === world ? sign * Math.abs(spacingOf(made, axis + 1) || 1) : 0;
    });
    const offset = values.reduce((sum, value, axis) => sum - (value * ((dims[axis] ?? 1) - 1)) / 2, 0);
    return [...values, offset];
  });
  setAffine(made, rows);
  return made;
};

/** Whether three letters name three different axes. */
export const isOrientation = (letters: string): boolean =>
  /^[LRAPSI]{3}$/.test(letters) && new Set([...letters].map((letter) => directions[letter]?.[0])).size === 3;

/** Axes, sizes and type stand at the same places in both formats. */
const fromAnalyze = (analyze: NiftiHeader): NiftiHeader => {
  const made = emptyHeader(analyze.isLittle);
  const dims = dimsOf(analyze);
  // Analyze writes four axes even for one volume.
  const used = dims.length > 3 && dims.slice(3).every((length) => length <= 1) ? dims.slice(0, 3) : dims;
  setDims(made, used);
  setType(made, typeOf(analyze));
  setSpacing(made, 0, 1);
  for (const axis of [1, 2, 3, 4]) setSpacing(made, axis, Math.abs(spacingOf(analyze, axis)));
  return made;
};
