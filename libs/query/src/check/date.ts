/**
 * A date as BIDS writes it (BIDS specification, "Units": RFC 3339 without an offset), `2024-09-01`, or a date with a time of day,
 * `2024-09-01T12:30:00.25`. A `Z` at its end changes nothing: times of one site are compared with each other.
 */
const pattern =
  /^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9](?:[.][0-9]{1,9})?))?Z?)?$/;

/** The same for PostgreSQL, whose groups have the same numbers. */
export const datePattern = pattern.source;

const secondsOfDay = 86_400;
const millisecondsOfDay = secondsOfDay * 1000;

/** Days from 1970-01-01 to a date, with a fraction for the time of day; undefined for what is not a date. */
export const daysSince1970 = (text: string): number | undefined => {
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0"] = pattern.exec(text) ?? [];
  if (year === undefined || year === "0000") return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // 2023-02-30 would be another day.
  if (date.getUTCDate() !== Number(day)) return undefined;
  const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return date.getTime() / millisecondsOfDay + time / secondsOfDay;
};
