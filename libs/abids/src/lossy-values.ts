/**
 * Values that a file may hold and that no query can have as they are written: PostgreSQL's text and jsonb have no character NUL and no half
 * of a surrogate pair, and a number beyond 1.8e308 is infinite to every program. The file keeps them; whoever asks gets `U+FFFD` in the
 * place of such a character, and no value in that of such a number.
 */

/** Faults of one file that are named. */
const maxNamed = 10;

/** Whether a JSON text may hold one: most hold none, and are not taken apart. */
const maybeLossy = /\\u0000|\\u[dD][89a-fA-F]|[0-9]{309}|[eE]\+?[0-9]{3}/;

/** Strings, which hold anything, and numbers. */
const token = /"(?:[^"\\]|\\[\s\S])*"|-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/g;

/** What is wrong with such values of a JSON text; the text must be JSON. */
export const faultsOfLossyJson = (json: string): readonly string[] => {
  if (!maybeLossy.test(json)) return [];
  const faults = new Set<string>();
  for (const [written] of json.matchAll(token)) {
    const fault = written.startsWith('"') ? faultOfText(written) : faultOfNumber(written);
    if (fault !== null) faults.add(fault);
    if (faults.size === maxNamed) break;
  }
  return [...faults];
};

const shortened = (written: string): string => (written.length > 60 ? `${written.slice(0, 60)}…` : written);

const faultOfText = (written: string): string | null => {
  const text = String(JSON.parse(written));
  if (text.includes("\0")) return `holds ${shortened(written)}: queries see \\ufffd in place of the character NUL`;
  if (!text.isWellFormed()) return `holds ${shortened(written)}: queries see \\ufffd in place of half a character`;
  return null;
};

const faultOfNumber = (written: string): string | null =>
  Number.isFinite(Number(written))
    ? null
    : `holds the number ${shortened(written)}, which is larger than programs can read: queries have no value there`;

/** What is wrong with the lines of a table that hold the character NUL; a table in UTF-8 holds no half characters. */
export const faultsOfLossyTable = (content: Uint8Array): readonly string[] => {
  const faults: string[] = [];
  let line = 1;
  let counted = 0;
  for (let at = content.indexOf(0); at >= 0 && faults.length < maxNamed; at = content.indexOf(0, at + 1)) {
    const before = line;
    for (; counted < at; counted += 1) if (content[counted] === lineFeed) line += 1;
    if (faults.length === 0 || line > before)
      faults.push(`line ${line} holds the character NUL: queries see \\ufffd in its place`);
  }
  return faults;
};

const lineFeed = 10;
