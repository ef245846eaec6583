const replacements: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Any text as text in HTML, in element and attribute. Characters that cannot be seen or that turn the direction of
 * writing around are shown by their number, since the names of files are anybody's.
 */
export const escapeHtml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => replacements[character] ?? "")
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

// Controls, and what Unicode has for hiding (zero width, direction overrides, tags).
const unseen = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
