import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { whileAllowed } from "./while-allowed.ts";

test("a stream that may be read comes whole, and is not asked about any more", async () => {
  let asked = 0;
  const mayRead = async () => {
    asked += 1;
    return true;
  };
  const pieces = async function* () {
    yield "one ";
    while (asked < 2) await new Promise((resolve) => setImmediate(resolve));
    yield "two";
  };
  expect(await text(whileAllowed(Readable.from(pieces()), mayRead, 1))).toBe("one two");
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toBe(before);
});

test.each([
  ["it is refused", async () => false],
  ["nobody can say", async () => Promise.reject(new Error("no database"))],
])("it ends without an error when %s, and its source is closed", async (_, mayRead) => {
  const source = new PassThrough();
  source.write("one");
  const closed = once(source, "close");
  expect(await text(whileAllowed(source, mayRead, 1))).toBe("one");
  await closed;
});

test("a source that fails fails it, and a reader who leaves closes the source", async () => {
  const broken = new PassThrough();
  const shown = whileAllowed(broken, async () => true, 1_000);
  broken.destroy(new Error("the node is gone"));
  await expect(text(shown)).rejects.toThrow("the node is gone");
  const left = new PassThrough();
  const closed = once(left, "close");
  whileAllowed(left, async () => true, 1_000).destroy();
  await closed;
});

test("a source that fails before anybody reads stops nothing else", async () => {
  const broken = new PassThrough();
  const shown = whileAllowed(broken, async () => true, 1_000);
  broken.destroy(new Error("the node is gone"));
  await new Promise((resolve) => setImmediate(resolve));
  await expect(text(shown)).rejects.toThrow();
});
