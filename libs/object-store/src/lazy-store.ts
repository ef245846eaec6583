import type { ObjectStore } from "./object-store.ts";

/** A store that is opened at its first use, so that what it needs is loaded only where it is used. */
export const lazyStore = (open: () => Promise<ObjectStore>): ObjectStore => {
  let opened: Promise<ObjectStore> | undefined;
  const store = (): Promise<ObjectStore> => {
    opened ??= open();
    return opened;
  };
  return {
    put: async (key, body, options) => (await store()).put(key, body, options),
    get: async (key, options) => (await store()).get(key, options),
    inspect: async (requests, signal) => (await store()).inspect(requests, signal),
    head: async (key) => (await store()).head(key),
    heads: async (keys) => (await store()).heads(keys),
    async *list(prefix) {
      yield* (await store()).list(prefix);
    },
    delete: async (keys) => (await store()).delete(keys),
    copy: async (from, to, options) => (await store()).copy(from, to, options),
    presignGet: async (key, options) => (await store()).presignGet(key, options),
    presignPut: async (key, options) => (await store()).presignPut(key, options),
  };
};
