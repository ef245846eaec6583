import type { ImportSummary } from "@rollerblade/client";
import type { Mode, Plan } from "./plan.ts";

/** Paths that are named of each kind. */
const maxNamed = 100;

/** Adds up what the parts of a plan change. */
export type Counts = {
  add(plan: Plan): void;
  /** `now`: what the dataset has afterwards; of an import all that did not change counts as unchanged. */
  summary(now: { readonly files: number; readonly scans: number }, kept: KeptFiles): ImportSummary;
};

type Sum = { added: number; changed: number; removed: number; unchanged: number };

/** What the counts of an import begin with: its mode, and the files that were skipped when it was listed, by reason. */
export type CountedImport = { readonly mode: Mode; readonly skipped: Readonly<Record<string, number>> };

/** Files that the source no longer has and the dataset keeps: how many, and the first ones by path. */
export type KeptFiles = { readonly count: number; readonly paths: readonly string[] };

/** Creates the counts of an import, all zero but for what was skipped. */
export const countsOf = ({ mode, skipped }: CountedImport): Counts => {
  const scans: Sum = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const files: Sum = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const left = new Map(Object.entries(skipped));
  const named = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
  const name = (kind: keyof typeof named, paths: readonly string[]): void =>
    void named[kind].push(...paths.slice(0, maxNamed - named[kind].length));
  return {
    add(plan) {
      addTo(scans, plan.scans);
      addTo(files, plan.files);
      for (const [reason, count] of Object.entries(plan.skipped)) left.set(reason, (left.get(reason) ?? 0) + count);
      name("added", plan.addedPaths);
      name("changed", plan.changedPaths);
      name("removed", plan.remove);
    },
    summary: (now, kept) => ({
      scans: mode === "upload" ? scans : rest(scans, now.scans),
      files: mode === "upload" ? files : rest(files, now.files),
      skipped: Object.fromEntries(left),
      gone: named.removed,
      added: named.added,
      changed: named.changed,
      kept: kept.count,
      keptPaths: kept.paths.slice(0, maxNamed),
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
