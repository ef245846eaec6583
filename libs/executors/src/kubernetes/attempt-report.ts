import type { ProducedOutput } from "../executor.ts";

/** What the Pod of an attempt reported at its end, after the scheduler checked it against the manifest and the bucket. */
export type AttemptReport =
  | { readonly outcome: "succeeded"; readonly outputs: readonly ProducedOutput[] }
  | { readonly outcome: "input-changed" | "bad-output"; readonly reason: string };
