/**
 * Cuts a text and makes it one that PostgreSQL can hold: its `text` has no NUL, which a command may print, and a cut may leave half of a
 * surrogate pair, which is not UTF-8.
 */
export const storableText = (text: string, maxLength: number): string =>
  text.slice(0, maxLength).replaceAll("\0", "\ufffd").toWellFormed();
