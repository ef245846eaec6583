import type { DecisionStatus } from "@rollerblade/client";

/** The brain volume of one session. */
export type BrainVolume = { readonly subject: string; readonly session: string | null; readonly mL: number };

/** What `rollerblade demo --json` prints. All counts are of the demo's dataset. */
export type DemoDocument = {
  readonly dataset: string;
  readonly scans: number;
  /** `run`: done now. `cached`: done before in another dataset. `inPlace`: done before, here. */
  readonly executions: {
    readonly run: number;
    readonly cached: number;
    readonly inPlace: number;
    readonly failed: number;
  };
  /** In force. */
  readonly derivatives: number;
  readonly results: number;
  /** From the start of the command to its end. */
  readonly seconds: number;
  readonly brainVolumes: readonly BrainVolume[];
};

/** How the decisions in force came out. */
export const countExecutions = (decisions: readonly Pick<DecisionStatus, "outcome">[]): DemoDocument["executions"] => {
  const count = (wanted: DecisionStatus["outcome"]) => decisions.filter(({ outcome }) => outcome === wanted).length;
  return { run: count("ran"), cached: count("cached"), inPlace: count("in-place"), failed: count("failed") };
};
