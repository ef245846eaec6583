import { readJsonObject } from "@rollerblade/abids";
import type { Body, PutOptions, Stored } from "@rollerblade/object-store";
import type { Ingest } from "./ingest.ts";
import { writeStaged } from "./staged-rows.ts";

/** Largest sidecar that is read, in bytes. */
const largestSidecar = 16 * 2 ** 20;

/** Where bytes are to be staged, and what is known of them before they come. */
export type Staging = PutOptions & {
  readonly importId: string;
  readonly key: string;
  /** Whether they are to be a JSON sidecar. */
  readonly isJson: boolean;
};

/** Puts bytes under `staging/`, hashed on the way, and records them. @throws Problem `invalid` for other bytes than promised */
export const stageObject = async (ingest: Ingest, body: Body, staging: Staging): Promise<Stored> => {
  const kept = new Kept(staging.isJson ? largestSidecar : 0);
  const { size, sha256, signal } = staging;
  const stored = await ingest.objects.put(staging.key, kept.watch(body), { size, sha256, signal });
  const fault = staging.isJson ? kept.faultOfJson() : null;
  const { importId, key, isJson } = staging;
  await writeStaged(ingest.sql, importId, [{ ...stored, key, start: null, checked: isJson, fault }]);
  return stored;
};

/** The first bytes of a stream, kept while they pass. */
class Kept {
  readonly #chunks: Uint8Array[] = [];
  readonly #most: number;
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async *watch(body: Body): AsyncGenerator<Uint8Array> {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      this.#size += chunk.length;
      if (this.#size <= this.#most) this.#chunks.push(chunk);
      yield chunk;
    }
  }

  faultOfJson(): string | null {
    if (this.#size > this.#most) return `is ${this.#size} bytes of JSON; ${this.#most} are read at most`;
    return readJsonObject("", Buffer.concat(this.#chunks)).findings[0]?.message ?? null;
  }
}
