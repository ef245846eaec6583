import { isEntityValue } from "@rollerblade/abids";
import type { ScanFacts } from "@rollerblade/abids/facts";
import type { ScanPattern } from "./document.ts";

/** Whether a scan has one of the asked values under every asked key. */
export const matchesScan = ({ fields }: ScanPattern, scan: ScanFacts): boolean => {
  for (const key in fields) if (!fits(scan, key, fields[key] ?? [])) return false;
  return true;
};

/** Whether a scan has one of these values; indices such as `run` are numbers, as in queries. */
const fits = (scan: ScanFacts, key: string, values: readonly string[]): boolean => {
  const written = fieldOf(scan, key);
  return values.some((value) => isEntityValue(key, value, written));
};

const fieldOf = (scan: ScanFacts, key: string): string => {
  if (key === "suffix" || key === "datatype" || key === "extension") return scan[key];
  return scan.entities[key] ?? "";
};

/** Why a pattern does not fit a scan, for people; empty where it fits. */
export const mismatches = ({ fields }: ScanPattern, scan: ScanFacts): string[] =>
  Object.entries(fields)
    .filter(([key, values]) => !fits(scan, key, values))
    .map(([key, values]) => `${key} is ${fieldOf(scan, key) || "absent"}, not ${values.join(" or ")}`);

/** Finds the patterns that can fit a scan without asking each of them. */
export type ScanIndex<T> = { matching(scan: ScanFacts): readonly T[] };

type Entry<T> = { readonly item: T; readonly pattern: ScanPattern };

/** By suffix, since nearly every rule names one; what names none is asked for every scan. */
export const indexByScan = <T>(items: readonly Entry<T>[]): ScanIndex<T> => {
  const bySuffix = new Map<string, Entry<T>[]>();
  const anySuffix = items.filter(({ pattern }) => pattern.fields.suffix === undefined);
  const suffixes = new Set(items.flatMap(({ pattern }) => pattern.fields.suffix ?? []));
  for (const suffix of suffixes) {
    bySuffix.set(
      suffix,
      items.filter(({ pattern }) => pattern.fields.suffix?.includes(suffix) ?? true),
    );
  }
  return {
    matching: (scan) =>
      (bySuffix.get(scan.suffix) ?? anySuffix)
        .filter(({ pattern }) => matchesScan(pattern, scan))
        .map(({ item }) => item),
  };
};
