/**
 * A name of a file as it may stand on a terminal: what would move the cursor or break the line is shown by its number.
 */
export const escapeControls = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
