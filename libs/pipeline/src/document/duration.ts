const units: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Milliseconds of `10m`, `1.5h`, `30s`; null when it is not a duration. */
export const parseDuration = (text: string): number | null => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = units.get(match?.[2] ?? "");
  return unit === undefined ? null : Number(match?.[1]) * unit;
};

/** A duration for people: `10m`, `45s`. */
export const formatDuration = (milliseconds: number): string => {
  const fitting = [...units].reverse().find(([, size]) => milliseconds >= size && milliseconds % size === 0);
  return fitting === undefined ? `${milliseconds}ms` : `${milliseconds / fitting[1]}${fitting[0]}`;
};
