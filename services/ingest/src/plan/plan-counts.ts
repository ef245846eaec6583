import type { ImportSummary } from "@rollerblade/client";
import type { Mode, Plan } from "./plan.ts";

/** Paths of removed files that are named. */
const mostNamed = 100;

/** Adds up what the parts of a plan change. */
export type Counts = {
  add(plan: Plan): void;
  /** `now`: what the dataset has afterwards; of a mirror all that did not change counts as unchanged. */
  summary(now: { readonly files: number; readonly scans: number }): ImportSummary;
};

type Sum = { added: number; changed: number; removed: number; unchanged: number };

/** What the counts of an import begin with: its mode, and the files that were skipped when it was listed, by reason. */
export type CountedImport = { readonly mode: Mode; readonly skipped: Readonly<Record<string, number>> };

/** Creates the counts of an import, all zero but for what was skipped. */
export const countsOf = ({ mode, skipped }: CountedImport): Counts => {
  const scans: Sum = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const files: Sum = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const left = new Map(Object.entries(skipped));
  const gone: string[] = [];
  return {
    add(plan) {
      addTo(scans, plan.scans);
      addTo(files, plan.files);
      for (const [reason, count] of Object.entries(plan.skipped)) left.set(reason, (left.get(reason) ?? 0) + count);
      gone.push(...plan.remove.slice(0, mostNamed - gone.length));
    },
    summary: (now) => ({
      scans: mode === "add" ? scans : rest(scans, now.scans),
      files: mode === "add" ? files : rest(files, now.files),
      skipped: Object.fromEntries(left),
      gone,
    }),
  };
};

const addTo = (sum: Sum, more: Readonly<Sum>): void => {
  sum.added += more.added;
  sum.changed += more.changed;
  sum.removed += more.removed;
  sum.unchanged += more.unchanged;
};

const rest = (sum: Sum, now: number): Sum => ({ ...sum, unchanged: Math.max(0, now - sum.added - sum.changed) });
