import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { faultOfPath } from "@rollerblade/abids";
import type { DownloadFile } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import { hashFile } from "./hash-file.ts";
import { retrying } from "./retrying.ts";

/** Files to be fetched, and where to. */
export type DownloadOptions = {
  /** The same path may come more than once; the first one counts. */
  readonly files: AsyncIterable<DownloadFile>;
  readonly directory: string;
  /** Where a file goes below the directory. @default its path in its dataset */
  readonly placeOf?: (file: DownloadFile) => string;
  readonly onProgress?: (done: DownloadReport) => void;
  readonly signal?: AbortSignal;
  /** @default 8 */
  readonly concurrency?: number;
};

/** How many files were fetched, how many were there already with the same bytes, and the bytes fetched. */
export type DownloadReport = { readonly fetched: number; readonly kept: number; readonly bytes: number };

/**
 * Fetches files side by side, each checked against its hash before it gets its name; what is there already is not fetched again,
 * so an interrupted download goes on where it was.
 * @throws Problem `conflict` for other bytes than promised, and what the server says
 */
export const downloadFiles = async (options: DownloadOptions): Promise<DownloadReport> => {
  const { directory, signal, concurrency = 8, placeOf = ({ path }) => path } = options;
  const limit = pLimit(concurrency);
  const seen = new Set<string>();
  let report: DownloadReport = { fetched: 0, kept: 0, bytes: 0 };
  let failure: { error: unknown } | null = null;
  const one = async (file: DownloadFile, place: string): Promise<void> => {
    if (failure !== null) return;
    signal?.throwIfAborted();
    const bytes = await fetchInto(join(directory, requirePlace(place)), file, signal);
    report =
      bytes === null
        ? { ...report, kept: report.kept + 1 }
        : { ...report, fetched: report.fetched + 1, bytes: report.bytes + bytes };
    options.onProgress?.(report);
  };
  const running = new Set<Promise<void>>();
  for await (const file of options.files) {
    const place = placeOf(file);
    if (seen.has(place)) continue;
    seen.add(place);
    const work: Promise<void> = limit(one, file, place)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(work));
    running.add(work);
    // Links expire: no more are asked for than are soon used.
    if (running.size >= 4 * concurrency) await Promise.race(running);
    throwIf(failure);
  }
  await Promise.all(running);
  throwIf(failure);
  return report;
};

const throwIf = (failure: { error: unknown } | null): void => {
  if (failure !== null) throw failure.error;
};

/** The number of bytes fetched; null when they were there already. */
const fetchInto = async (location: string, file: DownloadFile, signal?: AbortSignal): Promise<number | null> => {
  if (await isThere(location, file)) return null;
  await mkdir(dirname(location), { recursive: true });
  const temporary = join(dirname(location), `.${randomUUID()}.part`);
  try {
    const bytes = await retrying(() => write(temporary, file, signal), signal);
    await rename(temporary, location);
    return bytes;
  } finally {
    await rm(temporary, { force: true });
  }
};

const isThere = async (location: string, { path, size, sha256 }: DownloadFile): Promise<boolean> => {
  const is = await stat(location).catch(() => null);
  if (sha256 === null || is === null || !is.isFile() || is.size !== size) return false;
  return (await hashFile({ path, location, size })) === sha256;
};

const write = async (
  temporary: string,
  { path, url, content, sha256 }: DownloadFile,
  signal?: AbortSignal,
): Promise<number> => {
  const hash = createHash("sha256");
  let bytes = 0;
  const watched = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const body = url === null ? textOf(content ?? "") : await bodyOf(url, signal);
  await pipeline(watched(body), createWriteStream(temporary));
  if (sha256 === null || `sha256:${hash.digest("hex")}` === sha256) return bytes;
  throw new Problem({
    code: "conflict",
    message: `Other bytes came for ${path} than promised.`,
    subject: path,
    next: "Try again.",
  });
};

const textOf = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
};

const bodyOf = async (url: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> => {
  const response = await fetch(url, signal === undefined ? {} : { signal });
  if (response.ok && response.body !== null) return response.body;
  const code = response.status >= 500 ? "unavailable" : "not-found";
  throw new Problem({
    code,
    message: `The link was answered with ${response.status}.`,
    subject: url.split("?")[0],
    next: "Try again.",
  });
};

/** A server's word is no reason to write outside of the directory. */
const requirePlace = (place: string): string => {
  const fault = faultOfPath(place);
  if (fault === null) return place;
  throw new Problem({ code: "invalid", message: `A file cannot be written: ${fault}.`, subject: place });
};
