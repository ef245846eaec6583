import { expect, test } from "vitest";
import { parseServerSentEvents } from "./parse-sse.ts";

const pieces = async function* (text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
};

const read = async (text: string, size: number) => {
  const events = [];
  for await (const event of parseServerSentEvents(pieces(text, size))) events.push(event);
  return events;
};

test.each([1, 3, 1000])("events are read from pieces of %d characters", async (size) => {
  const text = ': hello\n\nid: 7\nevent: scan.indexed\ndata: {"a":\ndata: 1}\n\ndata:plain\n\ndata: cut off';
  const events = await read(text, size);
  expect(events).toEqual([
    { id: "7", event: "scan.indexed", data: '{"a":\n1}' },
    { id: null, event: "message", data: "plain" },
  ]);
});

test("lines may end as in Windows", async () => {
  const events = await read("data: 1\r\n\r\n", 100);
  expect(events).toEqual([{ id: null, event: "message", data: "1" }]);
});
