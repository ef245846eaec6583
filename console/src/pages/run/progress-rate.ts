/** How many slices of a run had ended at a moment. */
export type ProgressSample = { readonly atMs: number; readonly ended: number };

/** Milliseconds of the past by which a rate is measured: long enough to hold some ends, short enough to follow a change. */
const rateWindowMs = 120_000;

/** Adds a sample, and drops those that are older than the window, but for one, so that a slow run has a rate, too. */
export const withSample = (samples: readonly ProgressSample[], next: ProgressSample): readonly ProgressSample[] => {
  const recent = samples.filter(({ atMs }) => next.atMs - atMs <= rateWindowMs);
  const kept = recent.length > 0 ? recent : samples.slice(-1);
  const last = kept.at(-1);
  // A retry opens slices again: what had ended before says nothing of what comes.
  if (last !== undefined && next.ended < last.ended) return [next];
  return last?.ended === next.ended && kept.length > 1
    ? [...kept.slice(0, -1), { ...last, atMs: next.atMs }]
    : [...kept, next];
};

/** Slices that end in a second, by the samples; null where nothing has ended between them. */
export const ratePerSecond = (samples: readonly ProgressSample[]): number | null => {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.ended <= first.ended || last.atMs <= first.atMs) return null;
  return ((last.ended - first.ended) * 1000) / (last.atMs - first.atMs);
};

/** A rate in the unit in which it is a number that one can imagine. @example rateText(0.05) // "3.0 a minute" */
export const rateText = (perSecond: number): string => {
  if (perSecond >= 1) return `${perSecond.toFixed(1)} a second`;
  return perSecond * 60 >= 1 ? `${(perSecond * 60).toFixed(1)} a minute` : `${(perSecond * 3600).toFixed(1)} an hour`;
};

/** A time that is left, rounded to what can be known. @example durationText(5400) // "1 h 30 min" */
export const durationText = (seconds: number): string => {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
};
