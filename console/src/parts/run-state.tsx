import type { RunStatus } from "@rollerblade/client";
import { type Meaning, StateBadge } from "./state-badge.tsx";

type ShownRun = Pick<RunStatus, "state" | "counts">;

/** What a run does, in a word. */
export const RunState = ({ run }: { readonly run: ShownRun }) => (
  <StateBadge meaning={meaningOf(run)}>{wordOf(run)}</StateBadge>
);

const meaningOf = ({ state, counts }: ShownRun): Meaning => {
  if (counts.failed > 0) return "bad";
  return state === "finished" ? "good" : "busy";
};

const wordOf = ({ state, counts }: ShownRun): string => {
  if (state === "collecting") return "collecting slices";
  if (counts.failed > 0) return state === "finished" ? "finished with failures" : "running, with failures";
  return state === "finished" ? "finished" : "running";
};
