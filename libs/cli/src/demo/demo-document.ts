import type { DecisionStatus, TaskStatus } from "@rollerblade/client";

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

/**
 * What became of a decision, the strongest first: what ran for it is not forgotten when it is verified a moment later.
 */
const strongest = ["ran", "cached", "in-place"] as const;

/**
 * How the decisions in force came out, given the tasks since the demo began: an import into a dataset that the document
 * already speaks for is worked on before the document is applied again.
 */
export const countExecutions = (
  decisions: readonly Pick<DecisionStatus, "key" | "outcome">[],
  tasks: readonly Pick<TaskStatus, "key" | "outcome">[],
): DemoDocument["executions"] => {
  const outcomes = decisions.map(({ key, outcome }) => {
    const seen = [outcome, ...tasks.filter((task) => task.key === key).map((task) => task.outcome)];
    return outcome === "failed" ? outcome : strongest.find((one) => seen.includes(one));
  });
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return { run: count("ran"), cached: count("cached"), inPlace: count("in-place"), failed: count("failed") };
};
