/** Colours and weights that are used, with the numbers that begin and end them (ECMA-48, "Select Graphic Rendition"). */
const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

type Style = keyof typeof styles;

/**
 * Marks that stand for the beginning and the end of a style until a text is written: code points of the private use area. A text of
 * somebody else that holds one is painted at worst; the sequences that drive a terminal are made by `rendered` alone.
 */
const firstMark = 0x10ff00;

const marks: readonly { readonly mark: string; readonly sequence: string }[] = Object.values(styles)
  .flat()
  .map((number, index) => ({ mark: String.fromCodePoint(firstMark + index), sequence: `\u001b[${number}m` }));

const painter = (style: Style) => {
  const index = Object.keys(styles).indexOf(style) * 2;
  return (text: string): string => `${marks[index]?.mark}${text}${marks[index + 1]?.mark}`;
};

/** Paints parts of a message; what is written to something else than a terminal, or under `NO_COLOR`, has no colours. */
export const paint = {
  bold: painter("bold"),
  dim: painter("dim"),
  red: painter("red"),
  green: painter("green"),
  yellow: painter("yellow"),
  cyan: painter("cyan"),
};

/** The text with sequences in place of marks, or without either. */
export const rendered = (text: string, coloured: boolean): string =>
  text.replace(anyMark, (mark) => (coloured ? (marks.find((one) => one.mark === mark)?.sequence ?? "") : ""));

const anyMark = new RegExp(`[${marks.map(({ mark }) => mark).join("")}]`, "gu");
