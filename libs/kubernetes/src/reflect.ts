import { setTimeout as sleep } from "node:timers/promises";
import { backOffMs } from "@rollerblade/errors";
import { z } from "zod";
import type { ClusterClient } from "./cluster-client.ts";
import { ClusterError } from "./cluster-error.ts";
import type { Wire } from "./wire.ts";

/** What is to be followed, and what is done with it. */
export type Reflection<Kind, T> = {
  /** Path of the list, for example `/api/v1/namespaces/x/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Returns what is to be kept of an object; null for one that does not matter. */
  readonly digest: (object: Wire<Kind>) => T | null;
  /** Called when an object is new or has changed. */
  readonly changed: (item: T) => void;
  /** Called when an object is gone. */
  readonly removed: (item: T) => void;
  /** Called with all that there is, at start and every so often: whatever is not in it is gone. */
  readonly listed: (items: readonly T[]) => void;
  /** Called when something went wrong; it is tried again. */
  readonly failed?: (error: unknown) => void;
  /** Milliseconds between two full lists. @default 600000 */
  readonly relistMs?: number;
  /** Seconds after which the server ends a watch (`timeoutSeconds`), and a new one goes on from there. @default 240 */
  readonly watchSeconds?: number;
  /** Milliseconds beyond that without a byte, after which a connection counts as broken. @default 30000 */
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
};

/** What reflecting needs of a client. */
type Client = Pick<ClusterClient, "call" | "stream">;

/** Objects of one page of a list; `kubectl` and client-go use the same number. */
const pageSize = 500;

/** Delays after a list, or a watch, that failed. A watch is taken up again up to five times before everything is listed anew. */
const listBackOff = { minMs: 400, maxMs: 10_000 };
const watchBackOff = { minMs: 200, maxMs: 3_200 };
const maxBrokenWatches = 5;

const listing = z.object({
  metadata: z.object({ resourceVersion: z.string().default(""), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable().default([]),
});

const change = z.object({ type: z.string(), object: z.unknown() });
const status = z.object({ code: z.number().optional(), message: z.string().optional() });

/**
 * Follows a kind of object until the signal aborts: a full list, then a watch from there on, which is taken up again wherever it
 * broke off, and another full list every few minutes for whatever a watch may have missed.
 *
 * The informer of `@kubernetes/client-node` keeps every object whole, lists without pages, ends after an error, and skips lines that it
 * cannot parse. This one keeps a digest of each object and treats such a line as a broken connection.
 *
 *     await reflect<V1Pod, string>(client, { path, signal, digest: ({ metadata }) => metadata?.name ?? null, changed, removed, listed });
 */
export const reflect = async <Kind, T>(client: Client, reflection: Reflection<Kind, T>): Promise<void> => {
  const { signal, listed, failed, relistMs = 600_000 } = reflection;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const { items, from } = await listAll(client, reflection);
      if (signal.aborted) return;
      listed(items);
      failures = 0;
      await watchUntil(client, reflection, from, Date.now() + relistMs);
    } catch (error) {
      if (signal.aborted) return;
      // 410 Gone: the version is too old to watch from, which a new list repairs at once.
      if (error instanceof ClusterError && error.status === 410) continue;
      failed?.(error);
      failures += 1;
      await sleep(backOffMs(failures, listBackOff), undefined, { signal, ref: false }).catch(() => {});
    }
  }
};

const listAll = async <Kind, T>(
  client: Client,
  { path, query, digest, signal }: Reflection<Kind, T>,
): Promise<{ readonly items: readonly T[]; readonly from: string }> => {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const answer = await client.call({ path, query: { ...query, limit: pageSize, continue: next } });
    const { metadata, items: found } = listing.parse(answer);
    for (const object of found ?? []) {
      const item = isObject<Kind>(object) ? digest(object) : null;
      if (item !== null) items.push(item);
    }
    next = metadata.continue === "" ? undefined : metadata.continue;
    if (next === undefined || signal.aborted) return { items, from: metadata.resourceVersion };
  }
};

/** Watches until the deadline, taking up what broke off. @throws ClusterError when a new list is needed */
const watchUntil = async <Kind, T>(
  client: Client,
  reflection: Reflection<Kind, T>,
  from: string,
  deadline: number,
): Promise<void> => {
  const { signal } = reflection;
  /** The version of the last change or bookmark. */
  const position = { at: from };
  let broken = 0;
  while (!signal.aborted && Date.now() < deadline) {
    const begun = position.at;
    try {
      await watchOnce(client, reflection, position);
      broken = 0;
    } catch (error) {
      if (error instanceof ClusterError && !error.passing) throw error;
      if (signal.aborted) return;
      broken = position.at === begun ? broken + 1 : 1;
      if (broken > maxBrokenWatches) throw error;
      await sleep(backOffMs(broken, watchBackOff), undefined, { signal, ref: false }).catch(() => {});
    }
  }
};

/** Watches once, to the end of the connection, and moves the position with every line. */
const watchOnce = async <Kind, T>(
  client: Client,
  { path, query, digest, changed, removed, signal, watchSeconds = 240, silenceMs = 30_000 }: Reflection<Kind, T>,
  position: { at: string },
): Promise<void> => {
  const watch = { watch: true, allowWatchBookmarks: true, timeoutSeconds: watchSeconds };
  const stream = await client.stream({
    path,
    query: { ...query, ...watch, resourceVersion: position.at },
    signal,
    idleTimeoutMs: watchSeconds * 1000 + silenceMs,
  });
  for await (const line of linesOf(stream)) {
    const { type, object } = change.parse(JSON.parse(line));
    if (type === "ERROR") throw watchError(object);
    if (!isObject<Kind>(object)) throw new Error("a line of the watch holds no object");
    position.at = versionOf(object);
    if (type === "BOOKMARK") continue;
    const item = digest(object);
    if (item === null) continue;
    if (type === "DELETED") removed(item);
    else changed(item);
  }
};

const meta = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** Whether this is an object of the API. Its other fields are taken for what the API's own schema says, as every client does. */
const isObject = <Kind>(value: unknown): value is Wire<Kind> => typeof value === "object" && value !== null;

const versionOf = (object: unknown): string => meta.parse(object).metadata.resourceVersion;

/** Yields every whole line that holds something; what breaks off in the middle of one is the stream's error. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield line;
  }
}

/** The `Status` object of an ERROR line. */
const watchError = (object: unknown): ClusterError => {
  const { code = 500, message = "the watch ended" } = status.parse(object);
  return new ClusterError(code, "", message);
};
