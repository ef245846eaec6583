/**
 * Whole numbers beyond 2^53 in JSON text. JSON has no limit, but JavaScript reads 12345678901234567890 as
 * 12345678901234567000: an identifier that is written as a number would become another one without a word.
 */

/** Strings, which hold anything, and numbers. */
const token = /"(?:[^"\\]|\\[\s\S])*"|-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/g;

/** No whole number with fewer digits is beyond 2^53 (9007199254740992). */
const maybeInexact = /[0-9]{16}/;

/** Whether a number, as it is written, is a whole number that JavaScript does not hold digit by digit. */
export const isInexactInteger = (written: string): boolean =>
  /^[+-]?[0-9]+$/.test(written) && !Number.isSafeInteger(Number(written));

/** The first whole number in a JSON text that JavaScript does not hold digit by digit, or null. */
export const findInexactInteger = (json: string): string | null => {
  if (!maybeInexact.test(json)) return null;
  for (const [found] of json.matchAll(token)) if (isInexactInteger(found)) return found;
  return null;
};

/**
 * The same JSON text with such numbers as strings, as {@link readTsv} reads them in tables. A text that is not JSON stays
 * none.
 */
export const quoteInexactIntegers = (json: string): string =>
  maybeInexact.test(json) ? json.replace(token, (found) => (isInexactInteger(found) ? `"${found}"` : found)) : json;
