import type { Progress } from "../progress/describe-progress.ts";
import type { Report } from "../progress/show-steps.ts";

/**
 * Progress that only goes forward: what is known of a pipeline comes from several counts that are a moment apart, so
 * that a decision that was just made anew would take a step back and forth.
 */
export const steadyReport = (report: Report): Report => {
  let before: Progress | null = null;
  return (progress) => {
    if (before !== null && progress.done < before.done) return;
    const total =
      progress.total === null || before?.total == null ? progress.total : Math.max(progress.total, before.total);
    before = { ...progress, total };
    report(before);
  };
};
