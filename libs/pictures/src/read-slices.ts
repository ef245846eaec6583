import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { orientationOf, type RawHeader, readRawHeader } from "@rollerblade/abids/image-header";
import { type VoxelReader, voxelReader } from "./voxel-reader.ts";

/** Why no picture can be made of an image, as a sentence for people. */
export class NoPicture extends Error {}

/** One slice through the middle of a volume, along two axes of the voxels. */
export type Slice = {
  /** Which axes of the voxels, 0 to 2, run along a row and from row to row. */
  readonly axes: readonly [number, number];
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Of the only volume, or the mean of all; row by row. */
  readonly values: Float64Array;
  /** Mean divided by the standard deviation over time; null of a single volume. */
  readonly signalToNoise: Float64Array | null;
};

/** The middle slices of an image, with what lays them out. */
export type Slices = {
  /** Where the axes of the voxels point to, such as `RAS`. */
  readonly orientation: string;
  /** Size of a voxel along each of its axes, in one unit. */
  readonly spacing: readonly [number, number, number];
  readonly slices: readonly Slice[];
};

/** Limit of voxels in one slice: 2048 × 2048, the area of a whole brain at 0.1 mm. */
const maxSliceVoxels = 2 ** 22;

/** Limit of bytes of voxels that are read: of a longer series the picture shows its first volumes. */
const maxBytes = 2 ** 31;

/** Bytes behind the header at which voxels must have begun: extensions of headers are small. */
const maxOffset = 2 ** 24;

/**
 * Reads the middle slices of a NIfTI image in one pass over its bytes. It holds one slice of the file at a time, so memory follows
 * from the area of the slices and not from the number of volumes.
 * @throws NoPicture where the bytes are no image, or none with a slice
 */
export const readSlices = async (file: AsyncIterable<Uint8Array>, isCompressed: boolean): Promise<Slices> => {
  const bytes = takeBytes(isCompressed ? inflated(file) : file);
  const { header, length } = await takeHeader(bytes);
  const plan = planOf(header);
  await bytes.skip(Math.max(plan.offset - length, 0));
  const gathered = plan.cuts.map((cut) => gather(plan, cut));
  /** Adds the next volume. @returns whether the file had all of it */
  const addVolume = async (count: number): Promise<boolean> => {
    for (let third = 0; third < plan.dims[2]; third += 1) {
      const slab = await bytes.take(plan.slabBytes);
      if (slab === null) return false;
      const view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength);
      for (const one of gathered) one.add(view, third, count);
    }
    return true;
  };
  let volumes = 0;
  while (volumes < plan.volumes && (await addVolume(volumes + 1))) volumes += 1;
  if (volumes === 0) throw new NoPicture("The image ends before its first volume does.");
  const slices = gathered.map((one) => one.finish(volumes));
  return { orientation: orientationOf(header) ?? "RAS", spacing: spacingOf(header), slices };
};

/** Bytes of the headers of NIfTI-1 and NIfTI-2 with the four bytes that tell whether extensions follow: voxels begin here at the earliest. */
const headerBytes = { first: 352, second: 544 } as const;

const takeHeader = async (bytes: Bytes): Promise<{ readonly header: RawHeader; readonly length: number }> => {
  const first = await bytes.take(headerBytes.first);
  if (first === null) throw new NoPicture("The image ends before its header does.");
  const size = new DataView(first.buffer).getInt32(0, true);
  const isSecond = [540, 0x1c020000].includes(size);
  const rest = isSecond ? await bytes.take(headerBytes.second - headerBytes.first) : new Uint8Array(0);
  const header = readRawHeader(Buffer.concat([first, rest ?? new Uint8Array(0)]));
  if (typeof header === "string") throw new NoPicture(`The image ${header}.`);
  return { header, length: isSecond ? headerBytes.second : headerBytes.first };
};

type Dims = readonly [number, number, number];

type Plan = {
  readonly dims: Dims;
  readonly reader: VoxelReader;
  readonly offset: number;
  readonly volumes: number;
  /** Bytes of one slice along the first two axes, which is how a file is laid out. */
  readonly slabBytes: number;
  /** The axis that each slice cuts through. */
  readonly cuts: readonly number[];
  readonly scale: (value: number) => number;
};

const planOf = (header: RawHeader): Plan => {
  const reader = voxelReader(header.datatypeCode, header.littleEndian);
  if (reader === null)
    throw new NoPicture(`Voxels of the type ${header.datatype ?? header.datatypeCode} are not drawn.`);
  const [x = 1, y = 1, z = 1, ...rest] = header.dims;
  const dims: Dims = [x, y, z];
  if (![...dims, ...rest].every((length) => Number.isSafeInteger(length) && length > 0))
    throw new NoPicture("The header declares an axis without voxels.");
  if (!header.single) throw new NoPicture("The voxels of the image lie in another file.");
  const offset = Math.trunc(header.offset);
  if (!(offset >= 0 && offset <= maxOffset)) throw new NoPicture("The header declares no place for the voxels.");
  // A slice that is a single line of voxels shows nothing.
  const cuts = [0, 1, 2].filter((cut) => dims.every((length, axis) => axis === cut || length > 1));
  if (cuts.length === 0) throw new NoPicture("The image has no slice: its data is not a volume.");
  if ([x * y, x * z, y * z].some((area) => area > maxSliceVoxels))
    throw new NoPicture("The slices of the image are too large to be drawn.");
  const slabBytes = x * y * reader.bytes;
  const inFile = rest.reduce((product, length) => product * length, 1);
  const volumes = Math.max(1, Math.min(inFile, Math.floor(maxBytes / (slabBytes * z))));
  const { slope, intercept } = header.scale;
  const isScaled = Number.isFinite(slope) && Number.isFinite(intercept) && slope !== 0 && reader.channels === 1;
  const scale = isScaled ? (value: number) => slope * value + intercept : (value: number) => value;
  return { dims, reader, offset, volumes, slabBytes, cuts, scale };
};

/** Sizes that make no sense count as 1, as a header that was never filled in has them. */
const spacingOf = ({ spacing }: RawHeader): Slices["spacing"] => {
  const along = (axis: number): number => {
    const size = Math.abs(spacing[axis] ?? 1);
    return Number.isFinite(size) && size > 0 ? size : 1;
  };
  return [along(0), along(1), along(2)];
};

/** Gathers one slice, with mean and variance over time by Welford's method, which loses no digits to large means. */
const gather = ({ dims, reader, volumes, scale }: Plan, cut: number) => {
  const [along = 0, across = 1] = [0, 1, 2].filter((axis) => axis !== cut);
  const width = dims[along] ?? 1;
  const height = dims[across] ?? 1;
  const { channels, bytes } = reader;
  const middle = Math.floor((dims[cut] ?? 1) / 2);
  const mean = new Float64Array(width * height * channels);
  const spread = volumes > 1 && channels === 1 ? new Float64Array(mean.length) : null;
  const put = (view: DataView, from: number, to: number, count: number): void => {
    for (let channel = 0; channel < channels; channel += 1) {
      const at = to * channels + channel;
      const value = scale(reader.read(view, from * bytes, channel));
      const before = mean[at] ?? 0;
      const difference = value - before;
      mean[at] = before + difference / count;
      if (spread !== null) spread[at] = (spread[at] ?? 0) + difference * (value - (mean[at] ?? 0));
    }
  };
  return {
    /** Takes its part of one slab of the file; `count` is the number of volumes, with this one. */
    add(view: DataView, third: number, count: number): void {
      const [x] = dims;
      if (cut === 2) {
        if (third === middle) for (let index = 0; index < width * height; index += 1) put(view, index, index, count);
      } else if (cut === 1) {
        for (let index = 0; index < width; index += 1) put(view, middle * x + index, third * width + index, count);
      } else {
        for (let index = 0; index < width; index += 1) put(view, index * x + middle, third * width + index, count);
      }
    },
    finish(count: number): Slice {
      const ratio =
        spread === null || count < 2 ? null : mean.map((value, at) => ratioOf(value, (spread[at] ?? 0) / (count - 1)));
      return { axes: [along, across], width, height, channels, values: mean, signalToNoise: ratio };
    },
  };
};

/** Where nothing changes over time there is no noise to compare with: outside of the head of a masked series. */
const ratioOf = (mean: number, variance: number): number => (variance > 0 ? Math.abs(mean) / Math.sqrt(variance) : 0);

/** A stream of bytes that is read in parts of one's own choice. */
type Bytes = {
  /** The next bytes; null where the stream ends before. */
  take(length: number): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Leaves out bytes, as far as there are. */
  skip(length: number): Promise<void>;
};

/** Takes exact numbers of bytes out of a stream. */
const takeBytes = (stream: AsyncIterable<Uint8Array>): Bytes => {
  const iterator = stream[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  /** Whether there is a byte at hand. */
  const fill = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return false;
      chunk = next.value;
    }
    return true;
  };
  return {
    async take(length) {
      const taken = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        if (!(await fill())) return null;
        const part = chunk.subarray(0, length - at);
        taken.set(part, at);
        chunk = chunk.subarray(part.length);
        at += part.length;
      }
      return taken;
    },
    async skip(length) {
      for (let left = length; left > 0 && (await fill()); ) {
        const part = Math.min(left, chunk.length);
        chunk = chunk.subarray(part);
        left -= part;
      }
    },
  };
};

const inflated = async function* (file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // What fails destroys the last stream, whose reader below is told.
  const gunzip = pipeline(Readable.from(file), createGunzip(), () => {});
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    throw new NoPicture("The image cannot be decompressed.", { cause: error });
  }
};
