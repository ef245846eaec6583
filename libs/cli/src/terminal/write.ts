import { Problem } from "@rollerblade/errors";
import { escapeControls } from "./escape-controls.ts";
import { rendered } from "./paint.ts";

/** An output of this process. */
export type Output = "stdout" | "stderr";

/**
 * Writes to an output; all that this command line prints passes here. Texts hold names, descriptions and messages of other people, so every
 * control character but tab and the end of a line is shown by its number, whether a terminal reads it now or later; colours are those of
 * `paint`.
 * @returns whether the reader takes more; if not, the stream emits `drain` when it does
 */
export const write = (output: Output, text: string): boolean => {
  const stream = process[output];
  return stream.write(rendered(terminalText(text), stream.isTTY === true && process.env.NO_COLOR === undefined));
};

/** Writes a text of JSON, in which control characters that JSON leaves as they are become its escapes. */
export const writeJson = (output: Output, json: string): boolean => process[output].write(jsonText(json));

/** Writes a file of bytes. @throws Problem `invalid` where a terminal would get them */
export const writeBytes = (bytes: Uint8Array): boolean => {
  const { stdout } = process;
  if (stdout.isTTY !== true) return stdout.write(bytes);
  throw new Problem({
    code: "invalid",
    message: "This output is binary and cannot be shown in a terminal.",
    subject: "--output",
    next: "Send it to a file, like `… --output parquet > found.parquet`.",
  });
};

/** A text as a terminal may get it; tabs and line ends stay. */
export const terminalText = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.split("\t").map(escapeControls).join("\t"))
    .join("\n");

/**
 * JSON in which no character can drive a terminal: JSON escapes those below U+0020 itself, the others (DEL, C1, separators, marks of the
 * direction of writing) can only stand in its texts, where `\uXXXX` means the same.
 */
export const jsonText = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
