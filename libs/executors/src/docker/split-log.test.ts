import { expect, test } from "vitest";
import { splitLog } from "./split-log.ts";

const piece = (stream: number, text: string): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt8(stream, 0);
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

test("pieces of both streams come in their order", () => {
  expect(splitLog(Buffer.concat([piece(1, "out\n"), piece(2, "err\n"), piece(1, "end")]))).toBe("out\nerr\nend");
});

test("a log that was cut in the middle of a head is read as far as it goes", () => {
  expect(splitLog(Buffer.concat([piece(1, "out\n"), Buffer.from([1, 0, 0])]))).toBe("out\n");
});
