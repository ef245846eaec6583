import type { Json } from "@rollerblade/abids";

/** Whether two values are the same, whatever the order of their keys. */
const equal = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [new Map<string, Json>(Object.entries(a)), new Map<string, Json>(Object.entries(b))];
  if (Array.isArray(a) !== Array.isArray(b) || left.size !== right.size) return false;
  return [...left].every(([key, value]) => right.has(key) && equal(value, right.get(key)));
};

/** Keys whose values differ. */
export const differing = (a: Record<string, Json>, b: Record<string, Json>): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !equal(a[key], b[key])).sort();
