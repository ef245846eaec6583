import type { RunStatus } from "@rollerblade/client";
import { count } from "./format.ts";

/** The parts of a run's bar, in the order in which they are drawn. */
const parts = [
  { key: "ran", title: "ran", sign: "✓" },
  { key: "cached", title: "cached", sign: "✓" },
  { key: "inPlace", title: "in place", sign: "✓" },
  { key: "failed", title: "failed", sign: "✕" },
  { key: "cancelled", title: "cancelled", sign: "–" },
  { key: "open", title: "open", sign: "◔" },
] as const;

/** How far a run is: a bar of one part a state, and the same in words. */
export const RunCounts = ({ counts }: { readonly counts: RunStatus["counts"] }) => {
  const shown = parts.filter(({ key }) => counts[key] > 0);
  const words = shown.map(({ key, title, sign }) => `${sign} ${count(counts[key])} ${title}`).join(", ");
  return (
    <span className="run-counts">
      <span className="run-bar" aria-hidden="true">
        {shown.map(({ key }) => (
          <span key={key} className={`part-${key}`} style={{ flexGrow: counts[key] }} />
        ))}
      </span>
      <span>{words === "" ? "no slices" : words}</span>
    </span>
  );
};
