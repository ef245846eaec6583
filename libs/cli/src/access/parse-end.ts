import { InvalidArgumentError } from "commander";

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads when a grant ends, as ISO 8601: `7d`, `12h`, `30m` or `2w` from now, or a date. @throws InvalidArgumentError */
export const parseEnd = (text: string, now = Date.now()): string => {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  const length = unit === undefined ? undefined : unitMs[unit];
  if (count !== undefined && length !== undefined) return new Date(now + Number(count) * length).toISOString();
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError("It should be like 7d, 12h, 30m or 2w, or a date like 2027-01-31.");
  return new Date(at).toISOString();
};
