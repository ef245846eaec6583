/**
 * A text of somebody else (a file name, metadata, a message) as it may stand in a line on a terminal: what would move the cursor, break
 * the line or turn the direction of writing is shown by its number.
 */
export const escapeControls = (text: string): string =>
  text
    .toWellFormed()
    .replace(
      /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
      (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
    );

/** Sequences that colour text, move the cursor, set a title or put a link: CSI, OSC, DCS and the like, and two-letter ones (ECMA-48). */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;

/**
 * The log of a program as it may be printed: without escape sequences, a progress bar that overwrites its line with carriage returns
 * folded to its last state, without backspaces, and every other control character but tab and newline shown by its
 * number.
 * @example plainLog("10 %\r20 %\n\u001b[31mred\u001b[0m") // "20 %\nred"
 */
export const plainLog = (text: string): string =>
  text
    .replace(sequences, "")
    .split("\n")
    .map((line) => lastState(line).replaceAll("\b", "").split("\t").map(escapeControls).join("\t"))
    .join("\n");

/** What a line shows in the end; a return before its end (`\r\n`) overwrites nothing. */
const lastState = (line: string): string => line.replace(/\r+$/, "").split("\r").at(-1) ?? "";

/** Makes a stream of chunks plain, line by line, so that neither a sequence nor a progress bar is cut in two. */
export const plainLines = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const end = rest.lastIndexOf("\n") + 1;
    if (end > 0) yield plainLog(rest.slice(0, end));
    rest = rest.slice(end);
    // A progress bar never ends its line: of what has been overwritten nothing is kept.
    if (rest.length > maxLineLength) rest = rest.slice(Math.max(rest.lastIndexOf("\r"), 0));
  }
  rest += decoder.decode();
  if (rest !== "") yield plainLog(rest);
};

/** Characters after which what a line has overwritten is dropped. */
const maxLineLength = 64 * 1024;
