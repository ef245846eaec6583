import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { makePicture } from "./make-picture.ts";
import { madeImage } from "./testing/made-image.ts";

const head = madeImage({ dims: [20, 24, 18], datatype: 4, value: ([x, y, z]) => x * y * z });

const pictureOf = (file: AsyncIterable<Uint8Array>, isCompressed = false, timeoutMs = 60_000) =>
  makePicture({ file, isCompressed, timeoutMs });

const streamOf = async function* (...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
};

/** Width and height in the frame header of a lossy WebP (RFC 6386, section 9.1; RFC 9649, section 2.5). */
const sizeOf = (webp: Uint8Array): { width: number; height: number } => {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
};

test("a picture is WebP of some kilobytes, and the same bytes have the same one", async () => {
  const [first, again] = await Promise.all([pictureOf(streamOf(head)), pictureOf(streamOf(gzipSync(head)), true)]);
  if (!("webp" in first)) throw new Error(first.problem);
  expect(Buffer.from(first.webp).toString("latin1", 0, 15)).toMatch(/^RIFF....WEBPVP8$/s);
  // 24 × 18, 20 × 18 and 20 × 24 voxels at 176 pixels for 24 of them.
  expect(sizeOf(first.webp)).toEqual({ width: 176 + 147 + 147 + 8, height: 176 });
  expect(first.webp.length).toBeLessThan(20_000);
  expect(again).toEqual(first);
});

test("an image without a picture has a reason instead, and the rest of it is not read", async () => {
  let read = 0;
  const endless = async function* () {
    for (;;) {
      read += 1;
      yield Buffer.alloc(65_536, 65);
    }
  };
  expect(await pictureOf(endless())).toEqual({
    problem: expect.stringMatching(/^The image is not a NIfTI image: /),
  });
  expect(read).toBeLessThan(100);
});

test("a file that ends in a failure has no picture and no reason to keep", async () => {
  const broken = async function* () {
    yield head.subarray(0, 1_000);
    throw new Error("the bucket is away");
  };
  await expect(pictureOf(broken())).rejects.toMatchObject({
    message: expect.stringContaining("The picture was not made"),
    cause: { message: "the bucket is away" },
  });
});

test("an image that takes too long is given up", async () => {
  const silent = async function* () {
    yield head.subarray(0, 1_000);
    await new Promise(() => {});
  };
  expect(await pictureOf(silent(), false, 300)).toEqual({ problem: "The picture took more than 0.3 s." });
});

test("a compressed file that swells is read as far as its header declares", async () => {
  const bomb = gzipSync(Buffer.concat([head, Buffer.alloc(2 ** 26)]));
  expect(await pictureOf(streamOf(bomb), true)).toEqual(await pictureOf(streamOf(head)));
});
