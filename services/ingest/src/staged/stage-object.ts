import { faultOfPointer, pointerHeadBytes, readJsonObject } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import type { Body, PutOptions, Stored } from "@rollerblade/object-store";
import type { Ingest } from "../ingest.ts";
import { fileTooLarge } from "./staged-quota.ts";
import { endedMeanwhile, writeStaged } from "./staged-rows.ts";

/** Largest sidecar that is read, in bytes. */
const largestSidecar = 16 * 2 ** 20;

/** Where bytes are to be staged, and what is known of them before they come. */
export type Staging = PutOptions & {
  readonly importId: string;
  readonly key: string;
  /** Whether they are to be a JSON sidecar. */
  readonly isJson: boolean;
  /** Limit of their number. @default none */
  readonly maxBytes?: number;
};

/**
 * Puts bytes under `staging/`, hashed on the way, and records them. @throws Problem `invalid` for other bytes than
 * promised, `too-large` for more than there may be
 */
export const stageObject = async (ingest: Ingest, body: Body, staging: Staging): Promise<Stored> => {
  const maxBytes = staging.maxBytes ?? Number.POSITIVE_INFINITY;
  const kept = new Kept(staging.isJson ? largestSidecar : pointerHeadBytes, maxBytes);
  const { size, sha256, signal } = staging;
  const stored = await ingest.objects
    .put(staging.key, kept.watch(body), { size, sha256, signal })
    .catch((error: unknown) => {
      if (kept.cause === undefined || kept.cause instanceof Problem) throw kept.cause ?? error;
      throw cutShort(kept.cause);
    });
  const fault = kept.faultOfPointer() ?? (staging.isJson ? kept.faultOfJson() : null);
  const { importId, key, isJson } = staging;
  const row = { ...stored, key, start: null, checked: isJson, fault };
  if (await writeStaged(ingest.sql, importId, [row])) return stored;
  await ingest.objects.delete([key]);
  throw endedMeanwhile(importId);
};

const cutShort = (cause: unknown): Problem =>
  new Problem(
    { code: "invalid", message: "The upload ended before it was complete.", next: "Send it again." },
    { cause },
  );

/** The first bytes of a stream, kept while they pass. */
class Kept {
  readonly #chunks: Uint8Array[] = [];
  readonly #maxKept: number;
  readonly #maxBytes: number;
  #size = 0;
  /** Why the bytes stopped coming, if they did. */
  cause: unknown;

  constructor(maxKept: number, maxBytes: number) {
    this.#maxKept = maxKept;
    this.#maxBytes = maxBytes;
  }

  async *watch(body: Body): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        const room = this.#maxKept - this.#size;
        this.#size += chunk.length;
        if (this.#size > this.#maxBytes) throw fileTooLarge(this.#maxBytes);
        if (room > 0) this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
        yield chunk;
      }
    } catch (error) {
      this.cause = error;
      throw error;
    }
  }

  faultOfPointer(): string | null {
    return faultOfPointer(Buffer.concat(this.#chunks.slice(0, pointerHeadBytes)), this.#size);
  }

  faultOfJson(): string | null {
    if (this.#size > this.#maxKept) return `is ${this.#size} bytes of JSON; the limit is ${this.#maxKept}`;
    return readJsonObject("", Buffer.concat(this.#chunks)).findings[0]?.message ?? null;
  }
}
