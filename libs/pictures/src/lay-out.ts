import type { Slice, Slices } from "./read-slices.ts";

/** A picture as red, green, blue and opacity of each pixel, row by row. */
export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray<ArrayBuffer> };

/** Height of a row of slices in pixels; cards and boards show it so, or at twice the size. */
const rowHeight = 176;

/** Limit of the width of one slice in pixels, for images that are much longer than high. */
const maxWidth = 264;

/** Pixels between slices and rows. */
const gap = 4;

/**
 * Lays the slices of an image side by side, as one looks at a person: sagittal with the front to the right, then coronal and axial with
 * the person's left on the left. A second row shows the temporal signal-to-noise ratio of a series.
 */
export const layOut = ({ orientation, spacing, slices }: Slices): Pixels => {
  const turned = slices.map((slice) => turn(slice, orientation, spacing)).sort((a, b) => a.place - b.place);
  const longest = Math.max(...turned.map(({ millimetresHigh }) => millimetresHigh));
  const cells = turned.map((one) => {
    const scale = rowHeight / longest;
    const height = clamp(one.millimetresHigh * scale, 1, rowHeight);
    const width = clamp(one.millimetresWide * scale, 1, maxWidth);
    return { ...one, width, height };
  });
  const rows = [
    cells.map((cell) => ({ ...cell, values: cell.slice.values })),
    cells.flatMap((cell) => (cell.slice.signalToNoise === null ? [] : [{ ...cell, values: cell.slice.signalToNoise }])),
  ].filter((row) => row.length > 0);
  const width = cells.reduce((sum, cell) => sum + cell.width, gap * (cells.length - 1));
  const height = rows.length * rowHeight + gap * (rows.length - 1);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  for (const [number, row] of rows.entries()) {
    const grey = greyOf(row.map(({ slice, values }) => (slice.channels === 3 ? [] : values)));
    let left = 0;
    for (const cell of row) {
      const top = number * (rowHeight + gap) + Math.floor((rowHeight - cell.height) / 2);
      draw({ width, data }, cell, { left, top }, cell.slice.channels === 3 ? (value) => value : grey);
      left += cell.width + gap;
    }
  }
  return { width, height, data };
};

const clamp = (value: number, low: number, high: number): number => Math.round(Math.min(Math.max(value, low), high));

/** One slice as the world sees it. */
type Turned = {
  readonly slice: Slice;
  /** 0 sagittal, 1 coronal, 2 axial. */
  readonly place: number;
  /** Whether the rows of the picture run along the rows of the slice; else along its columns. */
  readonly alongRows: boolean;
  readonly flipsAcross: boolean;
  readonly flipsDown: boolean;
  readonly millimetresWide: number;
  readonly millimetresHigh: number;
};

/** The world's axes that a letter of an orientation names: 0 for left and right, 1 for back and front, 2 for below and above. */
const worldAxis = (letter: string | undefined): number =>
  ["LR", "PA", "IS"].findIndex((ends) => ends.includes(letter ?? ""));

const turn = (slice: Slice, orientation: string, spacing: Slices["spacing"]): Turned => {
  const [first, second] = slice.axes;
  const sizeAlong = (axis: number): number => spacing[axis] ?? 1;
  const ends = [orientation[first], orientation[second]];
  const worlds = ends.map(worldAxis);
  // Of two axes of the world the earlier one runs across the picture: right before front, front before above.
  const alongRows = (worlds[0] ?? 0) < (worlds[1] ?? 0);
  const [across, down] = alongRows ? ends : [...ends].reverse();
  const sizes = [slice.width * sizeAlong(first), slice.height * sizeAlong(second)];
  const [wide = 1, high = 1] = alongRows ? sizes : [...sizes].reverse();
  return {
    ...{ slice, alongRows, millimetresWide: wide, millimetresHigh: high },
    // The world's axes are 0, 1 and 2: the one that is missing is cut through.
    place: 3 - worlds.reduce((sum, axis) => sum + axis, 0),
    flipsAcross: "LPI".includes(across ?? ""),
    // A picture's first row is its top.
    flipsDown: "RAS".includes(down ?? ""),
  };
};

/**
 * Maps values to grey: black at the 2nd percentile and white at the 99.5th, so that a bright vessel leaves a brain visible. Where nearly
 * all values are one, as in a mask, it runs from the lowest to the highest.
 */
const greyOf = (parts: readonly Iterable<number>[]): ((value: number) => number) => {
  const values = Float64Array.from(parts.flatMap((part) => [...part]).filter(Number.isFinite)).sort();
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? 0;
  const [low, high] = at(0.995) > at(0.02) ? [at(0.02), at(0.995)] : [at(0), at(1)];
  const range = high - low;
  return (value) => (range > 0 ? (255 * (value - low)) / range : value > 0 ? 255 : 0);
};

type Canvas = Pick<Pixels, "width" | "data">;
type Cell = Turned & { readonly width: number; readonly height: number; readonly values: Float64Array };

/** Draws a slice at a place, its values weighted by how much of each lies below a pixel. */
const draw = (
  canvas: Canvas,
  cell: Cell,
  at: { readonly left: number; readonly top: number },
  shade: (value: number) => number,
): void => {
  const { slice, alongRows, width, height, values } = cell;
  const { channels } = slice;
  const [wide, high] = alongRows ? [slice.width, slice.height] : [slice.height, slice.width];
  const across = weights(wide, width, cell.flipsAcross);
  const down = weights(high, height, cell.flipsDown);
  for (const [y, rows] of down.entries())
    for (const [x, columns] of across.entries())
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0;
        for (const row of rows)
          for (const column of columns) {
            const index = alongRows ? row.index * slice.width + column.index : column.index * slice.width + row.index;
            const value = values[index * channels + channel] ?? 0;
            if (Number.isFinite(value)) sum += row.weight * column.weight * value;
          }
        const pixel = ((at.top + y) * canvas.width + at.left + x) * 4 + channel;
        // Of a grey all three colours are the same.
        canvas.data.fill(shade(sum), pixel, pixel + (channels === 1 ? 3 : 1));
      }
};

type Weight = { readonly index: number; readonly weight: number };

/** Which of `from` values make each of `to` pixels, by a triangle as wide as a pixel or a value, whichever is wider. */
const weights = (from: number, to: number, flips: boolean): Weight[][] => {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, pixel) => {
    const centre = ((flips ? to - 1 - pixel : pixel) + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const found = Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => {
      const index = first + step;
      return { index, weight: Math.max(0, 1 - Math.abs(index - centre) / reach) };
    });
    const sum = found.reduce((total, { weight }) => total + weight, 0);
    return sum > 0
      ? found.map(({ index, weight }) => ({ index, weight: weight / sum }))
      : [{ index: first, weight: 1 }];
  });
};
