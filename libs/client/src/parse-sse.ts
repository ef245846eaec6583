/** One server-sent event: its name, its data, and the id to go on behind. */
export type ServerSentEvent = { readonly id: string | null; readonly event: string; readonly data: string };

/** The events of a stream of text in any pieces, as the HTML standard reads them. */
export const parseServerSentEvents = async function* (chunks: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let rest = "";
  for await (const chunk of chunks) {
    rest += chunk.replaceAll("\r\n", "\n");
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const parsed = parseBlock(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (parsed !== null) yield parsed;
    }
  }
};

const parseBlock = (block: string): ServerSentEvent | null => {
  const fields = block.split("\n").map(readField);
  const data = fields.filter(({ name }) => name === "data").map(({ value }) => value);
  if (data.length === 0) return null;
  const last = (wanted: string) => fields.findLast(({ name }) => name === wanted)?.value;
  return { id: last("id") ?? null, event: last("event") ?? "message", data: data.join("\n") };
};

const readField = (line: string): { name: string; value: string } => {
  const at = line.indexOf(":");
  if (at < 0) return { name: line, value: "" };
  return { name: line.slice(0, at), value: line.slice(at + 1).replace(/^ /, "") };
};
