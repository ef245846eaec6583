import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ClusterClient } from "./cluster-client.ts";
import { ClusterError } from "./cluster-error.ts";

/** What is to be followed, and who wants to hear of it. */
export type Reflection<T> = {
  /** Of the list: `/api/v1/namespaces/x/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What is kept of an object, and only that; null for one that does not matter. */
  readonly digest: (object: unknown) => T | null;
  /** One object is new or has changed. */
  readonly changed: (item: T) => void;
  /** One object is gone. */
  readonly removed: (item: T) => void;
  /** All that there is, at start and every so often: whatever is not in it is gone. */
  readonly listed: (items: readonly T[]) => void;
  /** Something went wrong; it is tried again by itself. */
  readonly failed?: (error: unknown) => void;
  /** Milliseconds between two full lists. @default 600000 */
  readonly relist?: number;
  readonly signal: AbortSignal;
};

/** Objects of one page of a list. */
const page = 500;

/** Seconds after which the server ends a watch; silence that is much longer is a broken connection. */
const watchSeconds = 240;

const listing = z.object({
  metadata: z.object({ resourceVersion: z.string().default(""), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable().default([]),
});

const version = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const change = z.object({ type: z.string(), object: z.unknown() });
const status = z.object({ code: z.number().optional(), message: z.string().optional() });

/**
 * Follows a kind of object until the signal aborts: a full list, then a watch from there on, which is taken up again wherever it
 * broke off, and another full list every few minutes for whatever a watch may have missed.
 */
export const reflect = async <T>(client: ClusterClient, reflection: Reflection<T>): Promise<void> => {
  const { signal, listed, failed, relist = 600_000 } = reflection;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const { items, from } = await listAll(client, reflection);
      listed(items);
      failures = 0;
      await watchUntil(client, reflection, from, Date.now() + relist);
    } catch (error) {
      if (signal.aborted) return;
      // 410: what we knew is too old, which a new list mends at once.
      if (!(error instanceof ClusterError && error.status === 410)) {
        failed?.(error);
        failures += 1;
        const pause = Math.min(10_000, 200 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random());
        await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }
};

const listAll = async <T>(
  client: ClusterClient,
  { path, query, digest, signal }: Reflection<T>,
): Promise<{ readonly items: readonly T[]; readonly from: string }> => {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const answer = await client.call({ path, query: { ...query, limit: page, continue: next }, signal });
    const { metadata, items: found } = listing.parse(answer);
    for (const object of found ?? []) {
      const item = digest(object);
      if (item !== null) items.push(item);
    }
    next = metadata.continue === "" ? undefined : metadata.continue;
    if (next === undefined) return { items, from: metadata.resourceVersion };
  }
};

const watchUntil = async <T>(
  client: ClusterClient,
  reflection: Reflection<T>,
  from: string,
  deadline: number,
): Promise<void> => {
  let at = from;
  let broken = 0;
  while (!reflection.signal.aborted && Date.now() < deadline) {
    const begun = at;
    try {
      at = await watchOnce(client, reflection, at);
      broken = 0;
    } catch (error) {
      if (error instanceof ClusterError && !error.passing) throw error;
      if (reflection.signal.aborted) return;
      broken = at === begun ? broken + 1 : 1;
      if (broken > 5) throw error;
      await sleep(100 * 2 ** broken, undefined, { signal: reflection.signal, ref: false }).catch(() => {});
    }
  }
};

/** One watch to its end. @returns the version to go on from */
const watchOnce = async <T>(client: ClusterClient, reflection: Reflection<T>, from: string): Promise<string> => {
  const { path, query, digest, changed, removed, signal } = reflection;
  let at = from;
  const stream = await client.stream({
    path,
    query: { ...query, watch: true, allowWatchBookmarks: true, resourceVersion: from, timeoutSeconds: watchSeconds },
    signal,
    silence: (watchSeconds + 30) * 1000,
  });
  for await (const line of linesOf(stream)) {
    const { type, object } = change.parse(JSON.parse(line));
    if (type === "ERROR") throw expired(object);
    at = version.parse(object).metadata.resourceVersion;
    if (type === "BOOKMARK") continue;
    const item = digest(object);
    if (item === null) continue;
    if (type === "DELETED") removed(item);
    else changed(item);
  }
  return at;
};

/** Every whole line that holds something; what breaks off in the middle of one is thrown as the stream's error. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield line;
  }
}

const expired = (object: unknown): ClusterError => {
  const { code = 500, message = "the watch ended" } = status.parse(object);
  return new ClusterError(code, "", message);
};
