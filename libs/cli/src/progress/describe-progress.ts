/** How far some work is. */
export type Progress = {
  readonly done: number;
  /** Null while nobody knows. */
  readonly total: number | null;
  /** What is counted, in plural: `files`. */
  readonly unit: string;
  /** More that is worth knowing: `2 failed`. */
  readonly note?: string;
};

/** `120 of 400 files, 40/s, 7 s left, 2 failed`, given the seconds since the work began. */
export const describeProgress = ({ done, total, unit, note }: Progress, seconds: number): string => {
  const rate = seconds > 0.5 && done > 0 ? done / seconds : null;
  const parts = [
    total === null ? `${done} ${unit}` : `${done} of ${total} ${unit}`,
    ...(rate === null ? [] : [formatRate(rate)]),
    ...(rate === null || total === null || done >= total ? [] : [`${formatSeconds((total - done) / rate)} left`]),
    ...(note === undefined || note === "" ? [] : [note]),
  ];
  return parts.join(", ");
};

const formatRate = (perSecond: number): string => {
  if (perSecond >= 10) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  return `${(perSecond * 60).toFixed(1)}/min`;
};

/** Writes a duration as a person would, in two units: `7 s`, `3 min 20 s`, `2 h 5 min`. */
export const formatSeconds = (seconds: number): string => {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};
