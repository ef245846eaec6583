/** The text of a file without its byte order mark, or null where it is not UTF-8. */
export const decodeText = (content: string | Uint8Array): string | null => {
  if (typeof content === "string") return content.startsWith("\uFEFF") ? content.slice(1) : content;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return null;
  }
};
