import type { Finding } from "@rollerblade/errors";
import { findDuplicateKeys } from "./duplicate-keys.ts";
import { quoteInexactIntegers } from "./exact-json.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { faultsOfLossyJson } from "./lossy-values.ts";
import { decodeText } from "./text.ts";

/** How much a JSON file of a dataset may be. */
export type JsonLimits = {
  /** Bytes. @default 16 MiB */
  readonly bytes?: number;
  /** Levels of nesting. @default 64 */
  readonly depth?: number;
};

/** A JSON object as it could be read: with findings, `value` is null. */
export type ReadJson = {
  readonly value: JsonObject | null;
  readonly findings: readonly Finding[];
  /** Of an object that could be read: keys that stand twice, as paths; of each the last value counts. */
  readonly duplicateKeys: readonly string[];
  /** Of an object that could be read: what is wrong with values that queries cannot have as they are written. */
  readonly lossyValues: readonly string[];
};

/**
 * Reads a sidecar, data dictionary or description of unknown origin. Never throws: what is too large, too deep, no JSON
 * or no object is a finding. Keys that would change an object's prototype are dropped, and whole numbers beyond 2^53 are
 * texts, so that they keep their digits.
 */
export const readJsonObject = (where: string, content: string | Uint8Array, limits: JsonLimits = {}): ReadJson => {
  const refuse = (message: string): ReadJson => ({
    ...{ value: null, findings: [{ where, message }], duplicateKeys: [], lossyValues: [] },
  });
  const most = limits.bytes ?? 16 * 2 ** 20;
  if (content.length > most) return refuse(`is ${content.length} bytes of JSON; the limit is ${most}`);
  const text = decodeText(content);
  if (text === null) return refuse("is not UTF-8 text");
  const deepest = limits.depth ?? 64;
  if (isDeeper(text, deepest)) return refuse(`is nested deeper than ${deepest} levels`);
  const parsed = parse(text);
  if (parsed.fault !== null) return refuse(`is not JSON: ${parsed.fault}`);
  return isJsonObject(parsed.json)
    ? { value: parsed.json, findings: [], duplicateKeys: findDuplicateKeys(text), lossyValues: faultsOfLossyJson(text) }
    : refuse("is JSON, but not an object");
};

type Parsed = { readonly json: Json; readonly fault: string | null };

const parse = (written: string): Parsed => {
  const text = quoteInexactIntegers(written);
  try {
    // A reviver costs ten times as much as the rest, and no honest sidecar has anything for it to do.
    const json: Json = suspicious.test(text)
      ? JSON.parse(text, (key, value: Json) => (forbidden.has(key) ? undefined : value))
      : JSON.parse(text);
    return { json, fault: null };
  } catch (cause) {
    return { json: null, fault: cause instanceof Error ? cause.message : String(cause) };
  }
};

/** Whether a key may be forbidden, as it stands or written with escapes. */
const suspicious = /__proto__|constructor|prototype|\\u/;

const forbidden: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Counts brackets outside of strings, so that a hostile file never reaches the recursive parser. */
const isDeeper = (text: string, deepest: number): boolean => {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === backslash) at++;
      else if (code === quote) quoted = false;
    } else if (code === quote) quoted = true;
    else if (code === openList || code === openObject) {
      if (++depth > deepest) return true;
    } else if (code === closeList || code === closeObject) depth--;
  }
  return false;
};

const quote = 34;
const backslash = 92;
const openList = 91;
const closeList = 93;
const openObject = 123;
const closeObject = 125;
