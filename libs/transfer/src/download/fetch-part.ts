import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { DownloadFile } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";

/** What lies in a part now: its content hash, and how many bytes came over the net for it. */
export type FetchedPart = { readonly sha256: string; readonly bytes: number };

/** Asks for the link of a file again. @throws Problem `not-found` when it may not be read any more */
export type RenewLink = (file: DownloadFile) => Promise<DownloadFile>;

/** How bytes are fetched. */
export type FetchOptions = { readonly renew?: RenewLink | undefined; readonly signal?: AbortSignal | undefined };

/**
 * Brings all bytes of a file into a part. What is there of it from before is kept, and only the rest is asked for.
 * A link whose time is over is asked for again, once.
 * @throws Problem `conflict` for other bytes than promised, `unavailable`, `not-found`
 */
export const fetchPart = async (part: string, file: DownloadFile, options: FetchOptions = {}): Promise<FetchedPart> => {
  const there = file.sha256 === null || file.url === null ? 0 : await sizeOf(part);
  const resumable = there > 0 && there <= file.size;
  if (!resumable) await rm(part, { force: true });
  const fetched = await fetchFrom(part, file, resumable ? there : 0, options);
  if (file.sha256 === null || fetched.sha256 === file.sha256) return fetched;
  await rm(part, { force: true });
  // What was there may be of another version.
  if (resumable) return fetchPart(part, file, options);
  throw new Problem({
    code: "conflict",
    message: `The bytes received for ${file.path} are not those that were announced.`,
    subject: file.path,
    next: "It may have changed on the server meanwhile. Run it again: it goes on where it was.",
  });
};

/** Nothing counts that is shared with anybody: writing to a link into a bucket would change the bucket. */
const sizeOf = async (path: string): Promise<number> => {
  const is = await lstat(path).catch(() => null);
  return is?.isFile() === true && is.nlink === 1 ? is.size : 0;
};

const fetchFrom = async (
  part: string,
  file: DownloadFile,
  start: number,
  options: FetchOptions,
): Promise<FetchedPart> => {
  const hash = createHash("sha256");
  if (start === file.size && start > 0) return { sha256: await hashBytes(part, hash), bytes: 0 };
  const { body, from } = await bodyOf(file, start, options);
  if (from > 0) await hashBytes(part, hash);
  let bytes = 0;
  const watched = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  await pipeline(watched(body), createWriteStream(part, { flags: from > 0 ? "a" : "w" }));
  return { sha256: digestOf(hash), bytes };
};

const hashBytes = async (path: string, hash: Hash): Promise<string> => {
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return digestOf(hash.copy());
};

const digestOf = (hash: Hash): string => `sha256:${hash.digest("hex")}`;

/** What the gateway, S3 and those alike answer when the time of a link is over. */
const expired = 403;

type Body = { readonly body: AsyncIterable<Uint8Array>; readonly from: number };

/** The bytes from `start` on, or all of them where the server does not give parts. */
const bodyOf = async (file: DownloadFile, start: number, { renew, signal }: FetchOptions): Promise<Body> => {
  const { url, content, encoding } = file;
  if (url === null) return { body: textOf(content ?? "", encoding), from: 0 };
  const response = await fetch(url, { signal: signal ?? null, headers: start > 0 ? { range: `bytes=${start}-` } : {} });
  const from = response.status === 206 ? start : 0;
  if (response.ok && response.body !== null) return { body: response.body, from };
  if (response.ok) return { body: textOf(""), from };
  if (response.status === expired && renew !== undefined) {
    await response.body?.cancel();
    return bodyOf(await renew(file), start, { signal });
  }
  throw new Problem({
    code: response.status >= 500 || response.status === 429 ? "unavailable" : "not-found",
    message: `The link was answered with ${response.status}.`,
    subject: url.split("?")[0],
    next: "Run it again: it goes on where it was.",
  });
};

const textOf = async function* (text: string, encoding: "utf8" | "base64" = "utf8"): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text, encoding);
};
