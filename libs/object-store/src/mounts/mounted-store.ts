import { headEach } from "../head-each.ts";
import { noSuchObject } from "../object-problems.ts";
import type { Inspected, Inspection, ObjectStore } from "../object-store.ts";
import { createFindMount, type FindMount, type Placed } from "./mounts.ts";

/**
 * A store in which the raw files of some datasets lie elsewhere and stay there: they are read from their place and never written. What
 * is not there is looked for here, so that scans can be added to such a dataset. Everything is listed, written and deleted here only.
 */
export const mountedStore = (store: ObjectStore): ObjectStore => {
  const find = createFindMount(store);
  const head: ObjectStore["head"] = async (key) => {
    const placed = await find(key);
    return (
      (await placed?.location.head(placed.path)) ??
      (await store.head(key)) ??
      (await recentlyMounted(find, key, placed))
    );
  };
  return {
    ...store,

    async get(key, options) {
      const placed = await find(key);
      if (placed === null) return store.get(key, options);
      return isThere(placed).then((there) =>
        there ? placed.location.get(placed.path, options) : store.get(key, options),
      );
    },

    head,

    async heads(keys) {
      const places = await Promise.all(keys.map((key) => find(key)));
      const own = await store.heads(keys.filter((_, index) => places[index] === null));
      const rest = keys.filter((key) => !own.has(key));
      return new Map([...own, ...(await headEach(head, rest))]);
    },

    async inspect(requests, signal) {
      const found = await inspectPlaced(find, requests, false, signal);
      const own = await fill(found, requests, (rest) => store.inspect(rest, signal));
      return fill(own, requests, (rest) => inspectPlaced(find, rest, true, signal));
    },

    async presignGet(key, options) {
      const placed = await find(key);
      const link =
        placed !== null && (await isThere(placed)) ? await placed.location.presignGet(placed.path, options) : null;
      return link ?? store.presignGet(key, options);
    },

    async copy(from, to, options) {
      const placed = await find(from);
      if (placed === null || !(await isThere(placed))) return store.copy(from, to, options);
      await store.put(to, await placed.location.get(placed.path));
      const head = await store.head(to);
      if (head === null) throw noSuchObject(to);
      return head.modified;
    },
  };
};

const isThere = async ({ location, path }: Placed): Promise<boolean> => (await location.head(path)) !== null;

/** That a dataset lies elsewhere may be news. */
const recentlyMounted = async (find: FindMount, key: string, placed: Placed | null) => {
  const now = placed === null ? await find(key, true) : null;
  return now === null ? null : now.location.head(now.path);
};

type Results = readonly (Inspected | null)[];

/** Asks again for what was not found. */
const fill = async (
  results: Results,
  requests: readonly Inspection[],
  ask: (rest: readonly Inspection[]) => Promise<Results>,
): Promise<Results> => {
  const missing = requests.flatMap((request, index) => (results[index] === null ? [{ request, index }] : []));
  if (missing.length === 0) return results;
  const found = await ask(missing.map(({ request }) => request));
  const filled = [...results];
  for (const [at, { index }] of missing.entries()) filled[index] = found[at] ?? null;
  return filled;
};

const inspectPlaced = async (
  find: FindMount,
  requests: readonly Inspection[],
  fresh: boolean,
  signal: AbortSignal | undefined,
): Promise<Results> => {
  const placed = await Promise.all(requests.map(({ key }) => find(key, fresh)));
  const results: (Inspected | null)[] = requests.map(() => null);
  for (const location of new Set(placed.flatMap((one) => (one === null ? [] : [one.location])))) {
    const here = requests.flatMap(({ size, keep }, index) => {
      const one = placed[index];
      return one?.location === location ? [{ index, request: { path: one.path, size, keep } }] : [];
    });
    const read = await location.inspect(
      here.map(({ request }) => request),
      signal,
    );
    for (const [at, { index }] of here.entries()) {
      const one = read[at];
      results[index] = one === undefined || "fault" in one ? null : one;
    }
  }
  return results;
};
