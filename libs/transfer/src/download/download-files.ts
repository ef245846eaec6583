import type { DownloadFile } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import { type Placed, type PlaceOptions, placeFile } from "./place-file.ts";
import { openTargetFolder, type TargetFolder } from "./target-folder.ts";

/** Files to be fetched, and where to. */
export type DownloadOptions = PlaceOptions & {
  /** The same path may come more than once; the first one counts. */
  readonly files: AsyncIterable<DownloadFile>;
  readonly directory: string;
  /** Where a file goes below the directory. @default its path in its dataset */
  readonly placeOf?: (file: DownloadFile) => string;
  readonly onProgress?: (done: DownloadProgress) => void;
  /** @default 8 */
  readonly concurrency?: number;
};

/** How many files were fetched, linked, and there already with the same bytes; and the bytes fetched. */
export type DownloadCounts = {
  readonly fetched: number;
  readonly linked: number;
  readonly kept: number;
  readonly bytes: number;
};

/** How far a download is; `of` is null until all files are known. */
export type DownloadProgress = DownloadCounts & { readonly of: number | null };

/** What came of a download. */
export type DownloadReport = DownloadCounts & {
  /** What earlier downloads wrote and this one did not want: it stays. */
  readonly stale: readonly string[];
};

/**
 * Fetches files side by side, each checked against its hash before it gets its name; what is there already is not
 * fetched again, so an interrupted download goes on where it was. A file that somebody else put there is left alone,
 * the rest is fetched.
 * @throws Problem `conflict` for other bytes than promised, foreign files, a full disk; and the problems of the server
 */
export const downloadFiles = async (options: DownloadOptions): Promise<DownloadReport> => {
  const target = await openTargetFolder(options.directory);
  let done = false;
  try {
    const report = await downloadTo(target, options);
    done = true;
    return report;
  } finally {
    await target.close(done);
  }
};

const downloadTo = async (target: TargetFolder, options: DownloadOptions): Promise<DownloadReport> => {
  const { files, concurrency = 8, placeOf = ({ path }) => path, onProgress, signal } = options;
  const limit = pLimit(concurrency);
  const seen = new Set<string>();
  const running = new Set<Promise<void>>();
  const foreign: Problem[] = [];
  let counts: DownloadCounts = { fetched: 0, linked: 0, kept: 0, bytes: 0 };
  let [failure, of]: [{ error: unknown } | null, number | null] = [null, null];
  const one = async (file: DownloadFile, place: string): Promise<void> => {
    if (failure !== null) return;
    signal?.throwIfAborted();
    const placed = await placeFile(target, place, file, options);
    counts = added(counts, placed);
    onProgress?.({ ...counts, of });
  };
  const failed = (error: unknown): void => {
    if (error instanceof Problem && error.code === "conflict" && error.findings.length > 0) foreign.push(error);
    else failure ??= { error };
  };
  for await (const file of files) {
    const place = placeOf(file);
    if (failure !== null) break;
    if (seen.has(place)) continue;
    seen.add(place);
    const work: Promise<void> = limit(one, file, place)
      .catch(failed)
      .finally(() => running.delete(work));
    running.add(work);
    // Links expire: no more are asked for than are soon used.
    if (running.size >= 4 * concurrency) await Promise.race(running);
  }
  of = seen.size;
  await Promise.all(running);
  throwIf(failure, foreign);
  return { ...counts, stale: [...target.written.places()].filter((place) => !seen.has(place)) };
};

const added = (counts: DownloadCounts, { how, bytes }: Placed): DownloadCounts => ({
  ...counts,
  [how]: counts[how] + 1,
  bytes: counts.bytes + bytes,
});

const throwIf = (failure: { error: unknown } | null, foreign: readonly Problem[]): void => {
  if (failure !== null) throw failure.error;
  const [first] = foreign;
  if (first === undefined) return;
  if (foreign.length === 1) throw first;
  throw new Problem({
    code: "conflict",
    message: `${foreign.length} files were left alone, because no download put there what is there.`,
    subject: first.subject,
    next: first.next,
    findings: foreign.flatMap(({ findings }) => findings),
  });
};
