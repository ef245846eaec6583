import type { Readable } from "node:stream";
import type { JsonObject } from "@rollerblade/abids";
import type { Manifest, RequestedSlice } from "@rollerblade/analysis";
import type { AttemptOutcome } from "../schema.ts";
import type { Room } from "./room.ts";

/** All that one attempt needs. */
export type Job = {
  /** UUID; it names whatever the executor makes for it, so that a repeated submit makes nothing twice. */
  readonly attempt: string;
  readonly execution: string;
  readonly manifest: Manifest;
  readonly parameters: JsonObject;
  readonly slice: RequestedSlice;
  /** See `AnalysisCreated.code`. */
  readonly code: string;
  readonly image: string | null;
  readonly folder: string | null;
  /** Bytes. */
  readonly memory: number;
  /** The span of the attempt. */
  readonly traceparent: string;
  /** 0 interactive, 1 pipeline, 2 backfill. */
  readonly rank: number;
  readonly owner: string;
};

/** A checked output that lies in the bucket. */
export type ProducedOutput = {
  /** As the manifest calls it. */
  readonly name: string;
  /** Key of the object below `staging/`. */
  readonly object: string;
  readonly size: number;
  readonly sha256: string;
};

/** How an attempt ended. */
export type Ending = {
  readonly outcome: AttemptOutcome;
  /** For people; empty after success. */
  readonly reason: string;
  readonly exitCode: number | null;
  /** Of a success only. */
  readonly outputs: readonly ProducedOutput[];
  /** What it said, bounded. */
  readonly log: string;
};

/** Runs attempts somewhere: as processes, in Docker, in a cluster. */
export type Executor = {
  readonly kind: string;
  /** What runs at once here; null where a cluster decides, and attempts are only counted. */
  readonly capacity: Room | null;
  /** Whether attempts go on without this process, and the next one can observe them. */
  readonly outlivesUs: boolean;
  /** Begins an attempt; for one that has begun already nothing happens. */
  submit(job: Job): void;
  /** Waits for the end of an attempt, also of one that an earlier process began; `lost` when nothing is known of it. */
  observe(job: Job): Promise<Ending>;
  /** Ends an attempt; `observe` then says `cancelled`. */
  cancel(attempt: string): Promise<void>;
  /**
   * Ends and removes everything that dead processes left behind. `wanted` is asked, after the look, which of the attempts that
   * were found somebody still takes care of.
   */
  reconcile(wanted: (attempts: readonly string[]) => Promise<ReadonlySet<string>>): Promise<void>;
  /** Acts on what came in for attempts in hand, perhaps at another replica. */
  hear?(): Promise<void>;
  /** What an attempt has said so far, as it says it; null when it does not run here. Others keep the log until the end. */
  follow?(attempt: string): Promise<Readable | null>;
  /** Ends everything that cannot go on without this process; called when the service stops. */
  close(): Promise<void>;
};
