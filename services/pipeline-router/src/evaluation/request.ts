import type { RequestedSlice } from "@rollerblade/analysis";
import type { LockedRule } from "@rollerblade/pipeline";
import type { RequestPriority } from "./changes/changes.ts";
import type { DocumentInForce } from "./documents-in-force.ts";

/** One slice that the scheduler is asked for. */
export type Request = {
  readonly decision: string;
  readonly round: number;
  readonly sequence: number;
  readonly document: DocumentInForce;
  readonly rule: LockedRule;
  readonly request: RequestedSlice;
  readonly traceparent: string | null;
  readonly priority: RequestPriority;
};
