import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** A picture in WebP, or why there is none. */
export type Picture = { readonly webp: Uint8Array } | { readonly problem: string };

/** What a picture is made of. */
export type PictureRequest = {
  /** The bytes of a NIfTI file. They are read only as far as they are needed. */
  readonly file: AsyncIterable<Uint8Array>;
  readonly isCompressed: boolean;
  /** Milliseconds that it may take. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** MiB of JavaScript objects that the process may hold; its slices are outside of it, and bounded by their area. */
const maxHeapMib = 256;

const noData = 65;

/**
 * Makes the picture of an image in a process of its own, which may read the program's own files, and write no file, start no other
 * program and no thread: images come from anybody, and a fault in their decoding ends there.
 * @returns the picture, or a sentence that says why this image has none; the same bytes have the same answer
 * @throws Error where the file cannot be read, or the process was ended from outside
 */
export const makePicture = async ({ file, isCompressed, timeoutMs, signal }: PictureRequest): Promise<Picture> => {
  const timeout = AbortSignal.timeout(timeoutMs);
  const program = fileURLToPath(new URL("./picture-process.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--permission", "--allow-fs-read=*", `--max-old-space-size=${maxHeapMib}`, program, isCompressed ? "gz" : "plain"],
    {
      env: {},
      stdio: ["pipe", "pipe", "pipe"],
      killSignal: "SIGKILL",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    },
  );
  const ended = once(child, "close").then(
    ([code]: unknown[]) => code,
    (error: unknown) => error,
  );
  let failure: unknown;
  const chunks = file[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array, unknown>> => {
    try {
      return await chunks.next();
    } catch (error) {
      failure = error;
      // The process would take the end of what it got for the end of the image.
      child.kill("SIGKILL");
      return { done: true, value: undefined };
    }
  };
  // A process that has its picture, or that has none, reads no further; that is no failure of the file.
  const leave = async (): Promise<IteratorResult<Uint8Array, unknown>> => {
    await chunks.return?.();
    return { done: true, value: undefined };
  };
  const watched = { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
  pipeline(Readable.from(watched), child.stdin).catch(() => {});
  const [answer, words, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
  if (failure === undefined && code === 0) return { webp: answer };
  if (failure === undefined && code === noData) return { problem: answer.toString("utf8") };
  if (timeout.aborted) return { problem: `The picture took more than ${timeoutMs / 1000} s.` };
  throw new Error(`The picture was not made: ${words.trim() || "its process was ended"}`, { cause: failure ?? code });
};
