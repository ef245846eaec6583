import { executionKey, type RequestedSlice } from "@rollerblade/analysis";
import type { LockedRule } from "../lock/locked-rules.ts";

/** Keys that are remembered of each rule, at most. */
const mostKeys = 10_000;

/** Characters of a request whose key is remembered, at most: a whole group's is made anew. */
const longestRequest = 8_192;

const known = new WeakMap<LockedRule, Map<string, string>>();

/**
 * The key of the execution that a rule asks for. A slice is evaluated at each step of what is made of it and mostly asks for the same
 * thing, and a key costs more than all the rest of an evaluation: so the last ones are remembered.
 */
export const keyOf = (rule: LockedRule, slice: RequestedSlice): string => {
  const text = JSON.stringify(slice);
  const keys = known.get(rule) ?? new Map<string, string>();
  known.set(rule, keys);
  const found = keys.get(text);
  if (found !== undefined) return found;
  const { code, manifest, parameters } = rule;
  const key = executionKey({ code, manifest, parameters, slice });
  if (keys.size >= mostKeys) keys.clear();
  if (text.length <= longestRequest) keys.set(text, key);
  return key;
};
