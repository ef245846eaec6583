import { enclosing, type Level, type ScanFacts, type SliceRef, sliceKey, sliceOfScan } from "@rollerblade/abids/facts";
import { levels } from "@rollerblade/abids/levels";

const keys = new WeakMap<SliceRef, string>();

/** {@link sliceKey}, made once a slice: a hundred rules ask for it. */
export const keyOfSlice = (slice: SliceRef): string => {
  const known = keys.get(slice);
  if (known !== undefined) return known;
  const key = sliceKey(slice);
  keys.set(slice, key);
  return key;
};

const slices = new WeakMap<ScanFacts, Map<Level, SliceRef>>();

/** The slice of a level that a scan lies in, the same object each time. */
export const sliceAround = (scan: ScanFacts, level: Level): SliceRef => {
  const known = slices.get(scan) ?? new Map<Level, SliceRef>();
  slices.set(scan, known);
  const slice = known.get(level) ?? enclosing(sliceOfScan(scan), level) ?? sliceOfScan(scan);
  known.set(level, slice);
  return slice;
};

/** One rule at one slice; the key of maps. */
export const placeKey = (rule: string, slice: SliceRef): string => `${rule} ${keyOfSlice(slice)}`;

/**
 * The slice of a level around another one, or undefined where it is finer; the slice itself where it is of that level.
 */
export const around = (slice: SliceRef, level: Level): SliceRef | undefined => {
  if (slice.level === level) return slice;
  return levels.indexOf(level) < levels.indexOf(slice.level) ? undefined : enclosing(slice, level);
};
