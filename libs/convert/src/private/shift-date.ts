import { createHmac } from "node:crypto";

/** Days of the shift of one person: up to ten years, so that nobody infers the day from the season. */
const maxShiftDays = 3_650;

/** Days from any date of this century to one before 1925, which BIDS takes for the mark of a shifted date. */
const before1925 = 36_525 + 9_000;

/**
 * The days by which all dates of one person are moved to the past: the same in every run, since they follow from a secret key, and
 * never known without it. Intervals between visits stay.
 */
export const shiftOf = (key: Buffer, subject: string): number =>
  before1925 + (createHmac("sha256", key).update(`dates ${subject}`).digest().readUInt32BE(0) % maxShiftDays);

/** Moves `20190124T103514.000000` by days into the past, as BIDS writes it: `1894-03-01T10:35:14.000000`. */
export const shiftedTime = (acquired: string, days: number): string => {
  const [, year = "", month = "", day = "", hour = "", minute = "", second = ""] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d+)$/.exec(acquired) ?? [];
  const moved = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - days));
  return `${moved.toISOString().slice(0, 10)}T${hour}:${minute}:${second}`;
};
