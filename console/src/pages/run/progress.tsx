import type { RunStatus } from "@rollerblade/client";
import { useEffect, useState } from "react";
import { RunCounts } from "../../parts/run-counts.tsx";
import { durationText, type ProgressSample, ratePerSecond, rateText, withSample } from "./progress-rate.ts";

/** How far a run is, how fast it goes, and how long it will take at this pace. */
export const Progress = ({ run: { counts, state } }: { readonly run: Pick<RunStatus, "counts" | "state"> }) => {
  const [samples, setSamples] = useState<readonly ProgressSample[]>([]);
  const ended = counts.total - counts.open;
  useEffect(() => setSamples((known) => withSample(known, { atMs: Date.now(), ended })), [ended]);
  const rate = ratePerSecond(samples);
  return (
    <div>
      <RunCounts counts={counts} />
      {state !== "finished" && (
        <p className="faint">
          {rate === null
            ? "Nothing has ended since this page was opened."
            : `${rateText(rate)}; about ${durationText(counts.open / rate)} left.`}
        </p>
      )}
    </div>
  );
};
