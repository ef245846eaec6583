import type { Bar } from "../../parts/bar.ts";
import { valueText } from "../../parts/value-text.ts";

/** How many scans have a value; null where it is unknown. */
type Counted = { readonly value: unknown; readonly scans: number };

/** Bars that a person can compare at a look. */
const maxBars = 15;

/**
 * Counts as bars: numbers of more than a few values in ranges of the same width, whose ends are round numbers; other values as they are, the
 * most frequent first. What is unknown stands last.
 */
export const binned = (counts: readonly Counted[]): Bar[] => {
  const known = counts.filter(({ value }) => value !== null);
  const unknown = counts.filter(({ value }) => value === null).map(({ scans }) => ({ label: "unknown", value: scans }));
  const numbers = known.flatMap(({ value, scans }) => (typeof value === "number" ? [{ value, scans }] : []));
  if (numbers.length > maxBars && numbers.length === known.length) return [...ranges(numbers), ...unknown];
  const bars = known.map(({ value, scans }) => ({ label: valueText(value), value: scans }));
  const shown = bars.toSorted((a, b) => b.value - a.value).slice(0, maxBars);
  return [...shown, ...unknown];
};

const ranges = (numbers: readonly { readonly value: number; readonly scans: number }[]): Bar[] => {
  const values = numbers.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = roundWidth((high - low) / maxBars);
  const first = Math.floor(low / width);
  const bars = Array.from({ length: Math.floor(high / width) - first + 1 }, (_, at) => ({
    label: `${text((first + at) * width)} to ${text((first + at + 1) * width)}`,
    value: 0,
  }));
  for (const { value, scans } of numbers) {
    const bar = bars[Math.floor(value / width) - first];
    if (bar !== undefined) bar.value += scans;
  }
  return bars;
};

/** The next of 1, 2 and 5 times a power of ten. */
const roundWidth = (width: number): number => {
  const power = 10 ** Math.floor(Math.log10(width));
  return power * ([1, 2, 5, 10].find((step) => step * power >= width) ?? 10);
};

/** Without the noise of binary fractions. */
const text = (value: number): string => String(Number(value.toPrecision(12)));
