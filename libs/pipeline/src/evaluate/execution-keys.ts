import { executionKey, type RequestedSlice } from "@rollerblade/analysis";
import type { LockedRule } from "../lock/locked-rules.ts";

/** Limit of keys that are cached for each rule: some megabytes, and more than the slices of a large dataset. */
const maxKeys = 10_000;

/** Limit of characters of a request whose key is cached; the request of a whole group is hashed anew. */
const maxRequestLength = 8_192;

const known = new WeakMap<LockedRule, Map<string, string>>();

/**
 * The key of the execution that a rule asks for. A slice is evaluated at each step of what is made of it and mostly
 * asks for the same thing, and a key costs more than all the rest of an evaluation: so the last ones are remembered.
 */
export const keyOf = (rule: LockedRule, slice: RequestedSlice): string => {
  const text = JSON.stringify(slice);
  const keys = known.get(rule) ?? new Map<string, string>();
  known.set(rule, keys);
  const found = keys.get(text);
  if (found !== undefined) return found;
  const { code, manifest, parameters } = rule;
  const key = executionKey({ code, manifest, parameters, slice });
  if (keys.size >= maxKeys) keys.clear();
  if (text.length <= maxRequestLength) keys.set(text, key);
  return key;
};
