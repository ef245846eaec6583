import { createHash } from "node:crypto";
import { notAsPromised } from "./object-problems.ts";
import type { Body, PutOptions, Stored } from "./object-store.ts";

/** A body whose size and hash are taken while it passes; `result` is known when all of it has passed. */
export type HashedChunks = {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** @throws Problem `invalid` when it is not what was promised */
  result(): Stored;
};

/** Counts and hashes a body on its way to `key`. It stops early when more comes than was promised. */
export const hashChunks = (key: string, body: Body, options: PutOptions = {}): HashedChunks => {
  const hash = createHash("sha256");
  let size = 0;
  const pass = async function* () {
    for await (const chunk of chunksOf(body)) {
      options.signal?.throwIfAborted();
      size += chunk.byteLength;
      if (options.size !== undefined && size > options.size) break;
      hash.update(chunk);
      yield chunk;
    }
    options.signal?.throwIfAborted();
  };
  return {
    chunks: pass(),
    result() {
      const stored = { size, sha256: `sha256:${hash.copy().digest("hex")}` };
      const { size: wantedSize = size, sha256: wantedHash = stored.sha256 } = options;
      if (size !== wantedSize) throw notAsPromised(key, "size", `${wantedSize} bytes`, `${size} bytes or more`);
      if (stored.sha256 !== wantedHash) throw notAsPromised(key, "content", wantedHash, stored.sha256);
      return stored;
    },
  };
};

const chunksOf = async function* (body: Body): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
};
