import type { Json } from "@rollerblade/abids";

/**
 * Describes why a value cannot travel as it is, or returns undefined. PostgreSQL and the arguments of a program hold no NUL, UTF-8 holds
 * no half of a surrogate pair, and a number is a double (IEEE 754): a whole one beyond 2^53 that has more than 15 significant digits
 * was probably rounded when it was read. Fifteen digits survive a double whatever they are (`DBL_DIG`).
 */
export const faultOfValue = (value: Json): string | undefined => {
  if (typeof value === "string") return faultOfText(value);
  if (typeof value === "number") return isProbablyRounded(value) ? rounded(String(value)) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return firstFault(value);
  return firstFault(Object.keys(value)) ?? firstFault(Object.values(value));
};

/**
 * Describes what a reader of numbers would change about a number, or returns undefined: `9007199254740993` becomes another one, `1e400`
 * becomes infinite and `1e-400` zero. How it is written does not matter: `1.10` is 1.1.
 * @param text a number as JSON or YAML writes it
 */
export const faultOfNumber = (text: string): string | undefined => {
  const number = Number(text);
  if (!Number.isFinite(number)) return `${shortened(text)} is not a number that a program can hold${quoteIt}`;
  return decimalOf(text) === decimalOf(String(number)) ? undefined : rounded(shortened(text), String(number));
};

const quoteIt = ": where it is meant as text, put it in quotes";

const rounded = (written: string, read?: string): string =>
  `${written} has more digits than a number can hold${read === undefined ? "" : ` (it would become ${read})`}${quoteIt}`;

/** Long ones come of texts that happen to be digits. */
const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

const faultOfText = (text: string): string | undefined => {
  if (text.includes("\0")) return "holds a NUL character, which no program can be given";
  return text.isWellFormed() ? undefined : "holds half of a surrogate pair, which is not a character";
};

const firstFault = (values: readonly Json[]): string | undefined => {
  for (const value of values) {
    const fault = faultOfValue(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const isProbablyRounded = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && significantDigits(value) > 15;

const significantDigits = (value: number): number => {
  const [digits = ""] = (decimalOf(String(value)) ?? "").split("e");
  return digits.replace("-", "").length;
};

const decimal = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

/** Writes a decimal number in the one form that all spellings of its value share: its digits without outer zeros, and a power of ten. */
const decimalOf = (text: string): string | undefined => {
  const match = decimal.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign === "-" ? "-" : ""}${significant}e${power}`;
};

/** Strings, which may hold anything, and numbers of a JSON text. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** JSON that was read, or why it was not; `number` tells that it is JSON with a number that would not keep its value. */
export type ExactJson = { readonly value: Json } | { readonly fault: string; readonly number: boolean };

/** Parses JSON of which every number keeps its value. */
export const parseExactly = (text: string): ExactJson => {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: `must be JSON, and ${JSON.stringify(text)} is not`, number: false };
  }
  for (const [token] of text.matchAll(tokens)) {
    const fault = token.startsWith('"') ? undefined : faultOfNumber(token);
    if (fault !== undefined) return { fault, number: true };
  }
  return { value };
};
