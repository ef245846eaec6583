/**
 * The program that makes one picture: the bytes of an image come in by standard input, a picture in WebP goes out by standard output.
 * Its one argument tells whether the image is compressed (`gz`) or not (`plain`). It ends with 65 (`EX_DATAERR` of sysexits.h) where no
 * picture can be made of the image, and writes the reason instead of a picture.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import encode, { init } from "@jsquash/webp/encode.js";
import { layOut } from "./lay-out.ts";
import { NoPicture, readSlices } from "./read-slices.ts";

/** Of WebP, from 0 to 100: at 80 the noise of an image is smoothed and its edges are not. */
const quality = 80;

const noData = 65;

try {
  const slices = await readSlices(process.stdin, process.argv[2] === "gz");
  const { width, height, data } = layOut(slices);
  const program = createRequire(import.meta.url).resolve("@jsquash/webp/codec/enc/webp_enc_simd.wasm");
  await init({ wasmBinary: await readFile(program) });
  const picture = await encode({ width, height, data, colorSpace: "srgb" }, { quality });
  process.stdout.write(new Uint8Array(picture), () => process.exit(0));
} catch (error) {
  if (!(error instanceof NoPicture)) throw error;
  process.stdout.write(error.message, () => process.exit(noData));
}
