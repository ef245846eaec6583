const number = new Intl.NumberFormat("en");

/** A whole number with its thousands apart. @example count(12345) // "12,345" */
export const count = (value: number): string => number.format(value);

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** A size in the units of SI. @example bytes(1500) // "1.5 kB" */
export const bytes = (value: number): string => {
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  const scaled = value / 1000 ** step;
  return `${scaled >= 100 || step === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${units[step]}`;
};

const dayAndTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** A moment in the zone of the reader. @example moment("2026-11-30T12:00:00Z") // "30 Nov 2026, 12:00" */
export const moment = (time: string): string => dayAndTime.format(new Date(time));

/** A noun behind its number. @example plural(2, "scan") // "2 scans" */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`;
