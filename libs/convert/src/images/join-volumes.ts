import { dimsOf, type NiftiHeader, setDims, typeOf } from "./nifti-header.ts";

/**
 * Makes the header of one image of four dimensions from those of its volumes. @throws Error that names the first volume
 * that is not on the same grid
 */
export const joinedHeader = (
  volumes: readonly { readonly path: string; readonly header: NiftiHeader }[],
  step: number,
): NiftiHeader => {
  const [first, ...others] = volumes;
  if (first === undefined) throw new Error("No volumes to join.");
  for (const { path, header } of others)
    if (gridOf(header) !== gridOf(first.header))
      throw new Error(
        `${path} has another grid, type or scaling than ${first.path}: they cannot be volumes of one image`,
      );
  const joined: NiftiHeader = { ...first.header, bytes: Buffer.from(first.header.bytes) };
  const frames = volumes.reduce((sum, { header }) => sum + (dimsOf(header)[3] ?? 1), 0);
  setDims(joined, [...spaceOf(first.header), frames], step);
  return joined;
};

const spaceOf = (header: NiftiHeader): readonly number[] => {
  const [x = 1, y = 1, z = 1] = dimsOf(header);
  return [x, y, z];
};

/** Everything that has to agree: lengths, type, scaling (`scl_slope`, `scl_inter`) and both transforms. */
const gridOf = (header: NiftiHeader): string => {
  const { bytes, version, isLittle } = header;
  const geometry =
    version === 1
      ? [bytes.subarray(112, 120), bytes.subarray(252, 328)]
      : [bytes.subarray(176, 192), bytes.subarray(344, 496)];
  return [spaceOf(header), typeOf(header), version, isLittle, ...geometry.map((part) => part.toString("hex"))].join(
    " ",
  );
};
