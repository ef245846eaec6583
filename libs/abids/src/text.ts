import { isAscii } from "node:buffer";

/** The text of a file without its byte order mark, or null where it is not UTF-8. */
export const decodeText = (content: string | Uint8Array): string | null => {
  if (typeof content === "string") return content.startsWith("\uFEFF") ? content.slice(1) : content;
  // Most files are ASCII, and a decoder that checks takes several times as long to find that out.
  if (isAscii(content)) return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
  try {
    return decoder.decode(content);
  } catch {
    return null;
  }
};

/** Whether a file begins with the byte order mark of UTF-8. */
export const hasByteOrderMark = (content: Uint8Array): boolean =>
  content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;

const decoder = new TextDecoder("utf-8", { fatal: true });
