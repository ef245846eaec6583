import type { Readable } from "node:stream";
import type { JsonObject } from "@rollerblade/abids";
import type { Manifest, RequestedSlice, StagedAsset } from "@rollerblade/analysis";
import type { Room } from "./room.ts";

/**
 * One attempt to run one version of an analysis over one slice, with everything that an executor needs to know about it. A
 * further attempt at the same slice is another `Attempt` with another id, perhaps with more memory.
 */
export type Attempt = {
  /** UUID. It names whatever the executor creates for the attempt, so that submitting it twice creates nothing twice. */
  readonly id: string;
  /** UUID of the execution that this is an attempt at. */
  readonly execution: string;
  readonly manifest: Manifest;
  readonly parameters: JsonObject;
  readonly slice: RequestedSlice;
  /** The assets that the manifest names, with their files. Absent where it names none. */
  readonly assets?: readonly StagedAsset[];
  /** Identifies the code: `image:sha256:…`, `image:name:…` or `process:sha256:…`; see `AnalysisCreated.code`. */
  readonly code: string;
  /** Reference of the image to run; null for a process. */
  readonly image: string | null;
  /** Folder of the code on this machine; null for an image. */
  readonly folder: string | null;
  /** Bytes that it may use. */
  readonly memory: number;
  /** W3C trace context of the attempt's span; empty when it is not traced. */
  readonly traceparent: string;
  /** Priority: 0 interactive, 1 pipeline, 2 backfill. */
  readonly rank: number;
  /** Name of the account that asked for it. */
  readonly owner: string;
};

/** How an attempt ended. */
export type AttemptOutcome =
  | "succeeded"
  | "failed"
  /** It failed, and another attempt would fail as well. */
  | "non-retryable"
  | "bad-input"
  | "out-of-memory"
  | "timed-out"
  /** It wrote more than it may; only local executors end it for that. */
  | "out-of-disk"
  | "bad-output"
  | "input-changed"
  | "code-changed"
  | "refused"
  | "cancelled"
  | "lost"
  /** The object store, the network or the cluster did not give what it needed. */
  | "unavailable";

/** An output that was checked against the manifest and lies in the bucket. */
export type ProducedOutput = {
  /** Name of the output in the manifest. */
  readonly name: string;
  /** Key of the object below `staging/`. */
  readonly object: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly sha256: string;
  /** Fields that the program wrote for its sidecar. @default none */
  readonly metadata?: JsonObject;
};

/** The end of an attempt, as an executor reports it. */
export type Ending = {
  readonly outcome: AttemptOutcome;
  /** Explains a failure to people; empty after success. */
  readonly reason: string;
  /** Null when a signal ended the command, or it never ran. */
  readonly exitCode: number | null;
  /** Empty unless the attempt succeeded. */
  readonly outputs: readonly ProducedOutput[];
  /** Standard output and error, at most 256 KiB of them; see `BoundedLog`. */
  readonly log: string;
};

/** Runs attempts somewhere: as processes, as Docker containers, or as Pods of a Kubernetes cluster. */
export type Executor = {
  /** For metrics and the table of attempts: `process`, `docker` or `kubernetes`. */
  readonly kind: string;
  /** What fits here at once; null where a cluster decides that, and attempts are only counted. */
  readonly capacity: Room | null;
  /** Whether attempts go on without this process, so that the next one can observe them. */
  readonly outlivesUs: boolean;
  /** Starts an attempt; does nothing for one that was started already. */
  submit(attempt: Attempt): void;
  /** Waits for the end of an attempt, also of one that an earlier process started; `lost` when nothing is known of it. */
  observe(attempt: Attempt): Promise<Ending>;
  /** Ends an attempt; `observe` then resolves to `cancelled`. */
  cancel(attempt: string): Promise<void>;
  /**
   * Ends and removes everything that dead processes left behind. It first lists what it finds, then calls `wanted` with the ids
   * of these attempts, and keeps those that `wanted` returns: somebody still owns them.
   */
  reconcile(wanted: (attempts: readonly string[]) => Promise<ReadonlySet<string>>): Promise<void>;
  /** Acts on reports that were stored for our attempts, perhaps by another replica. */
  handleReports?(): Promise<void>;
  /** Streams the log of a running attempt; null when it does not run here. */
  follow?(attempt: string): Promise<Readable | null>;
  /** Ends everything that cannot go on without this process. The service calls it when it stops. */
  close(): Promise<void>;
};
