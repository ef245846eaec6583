/** Set to a name, or `name:n` for its nth passing, and the process kills itself there as `kill -9` would. For tests only. */
const variable = "ROLLERBLADE_CRASH_AT";

const passings = new Map<string, number>();

/**
 * A named place between two steps that must survive a crash. It does nothing unless `ROLLERBLADE_CRASH_AT` names it: then the
 * process dies at once, without a word, a flush or a handler.
 */
export const crashPoint = (name: string): void => {
  const wanted = process.env[variable];
  if (wanted === undefined || wanted === "") return;
  const { place, nth } = parseCrash(wanted);
  if (place !== name) return;
  const passing = (passings.get(name) ?? 0) + 1;
  passings.set(name, passing);
  if (passing === nth) process.kill(process.pid, "SIGKILL");
};

/** The place and the passing (from 1) that a value of `ROLLERBLADE_CRASH_AT` speaks of. */
export const parseCrash = (value: string): { readonly place: string; readonly nth: number } => {
  const [, place = value, nth = "1"] = /^(.*?)(?::(\d+))?$/.exec(value) ?? [];
  return { place, nth: Math.max(1, Number(nth)) };
};
