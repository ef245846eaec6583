import { type DerivativeLock, resolveInputs, type SliceFacts, sliceKey } from "@rollerblade/analysis";
import { catalogRoutes } from "@rollerblade/client";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { eventIdOf } from "@rollerblade/events";
import { type Analysis, findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";
import type { runs } from "../schema.ts";
import { finishRuns } from "../tasks/count-outcomes.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { type AskedSlice, type RunOfTasks, taskOfSlice } from "./task-of-slice.ts";

/** Slices of one page. */
const pageSize = 500;

/** One page of what a query finds. */
export type SlicePage = { readonly items: readonly FoundSlice[]; readonly next: string | null };

/** A slice; of a pinned query with the reason why it can no longer be had as it was. */
type FoundSlice = SliceFacts & { readonly problem?: string | undefined };

/** Asks the catalog in the name of the run's owner, so that nobody runs on what they may not read. */
export const readSlices = (
  scheduler: Scheduler,
  analysis: Analysis,
  owner: string,
  query: string,
  after: string | null,
): Promise<SlicePage> =>
  scheduler.peer("catalog", { name: owner, admin: false }).call(catalogRoutes.querySlices, {
    body: { expression: query, level: analysis.manifest.level, limit: pageSize, ...(after !== null && { after }) },
  });

/** A run of a person whose inputs are to be found. */
export type CollectedRun = RunOfTasks & { readonly locks: readonly DerivativeLock[]; readonly traceparent: string };

/** The tasks of a page. A slice without its inputs fails where everybody sees it, and is never skipped. */
export const tasksOfPage = (run: CollectedRun, analysis: Analysis, page: SlicePage): NewTask[] =>
  page.items.map((facts) => taskOfSlice(run, analysis, askedSlice(run, analysis, facts)));

const askedSlice = (run: CollectedRun, { manifest }: Analysis, facts: FoundSlice): AskedSlice => {
  const { slice } = facts;
  const resolution = resolveInputs(manifest, facts, run.locks);
  const common = {
    // The same page again makes the same decisions.
    decision: eventIdOf("decision", run.id, sliceKey(slice)),
    round: 1,
    decided: 0,
    decidedAt: new Date(),
    traceparent: run.traceparent,
    slice,
  };
  if (facts.problem !== undefined) return { ...common, requested: { fault: facts.problem } };
  switch (resolution.state) {
    case "resolved":
      return { ...common, requested: resolution.slice };
    case "waiting":
      return {
        ...common,
        requested: { fault: `the input "${resolution.input}" is missing: there is no ${resolution.for}` },
      };
    default: {
      const candidates = resolution.candidates.slice(0, 5).join(", ");
      return { ...common, requested: { fault: `the input "${resolution.input}" is ambiguous: ${candidates}` } };
    }
  }
};

type Run = typeof runs.$inferSelect;

/** Fetches further pages of runs whose queries find more than one; a crash goes on where the last page was written down. */
export const collectSlices = async (scheduler: Scheduler): Promise<void> => {
  for (;;) {
    const [run] = await scheduler.sql<Run[]>`
      select * from scheduler.runs where state = 'collecting' order by created_at limit 1`;
    if (run === undefined || scheduler.signal.aborted) return;
    await collectRun(scheduler, run);
  }
};

/** The rest of a run's pages; while one is written down, the next is fetched. */
const collectRun = async (scheduler: Scheduler, run: Run): Promise<void> => {
  const { sql, signal } = scheduler;
  const analysis = (await findAnalyses(sql, sql, [run])).get(versionKey(run.analysis, run.version));
  if (analysis === undefined) throw new Error(`There is no ${run.analysis} ${run.version}.`);
  const fetchPage = (after: string | null): Promise<SlicePage> => {
    const page = readSlices(scheduler, analysis, run.owner, run.query ?? "", after);
    page.catch(() => {});
    return page;
  };
  try {
    let ahead: Promise<SlicePage> | null = fetchPage(run.cursor);
    while (ahead !== null && !signal.aborted) {
      const page: SlicePage = await ahead;
      ahead = page.next === null ? null : fetchPage(page.next);
      if (!(await writePage(scheduler, run.id, tasksOfPage(run, analysis, page), page.next, ""))) return;
    }
  } catch (error) {
    const problem = Problem.from(error);
    // Somebody who is away now may be back in a moment; the next turn asks again.
    if (problem.code === "unavailable" || problem.code === "internal") throw error;
    await writePage(scheduler, run.id, [], null, problem.message);
  }
};

/** A run whose next page nobody wants any more. */
class NoLongerCollecting extends Error {
  override readonly name = "NoLongerCollecting";
}

/** Writes a page down, or nothing of it when the run was cancelled meanwhile. @returns whether it was written */
const writePage = async (
  scheduler: Scheduler,
  run: string,
  tasks: readonly NewTask[],
  next: string | null,
  reason: string,
): Promise<boolean> => {
  const writing = transaction(scheduler.sql, async (tx) => {
    await insertTasks(scheduler, tx, tasks);
    const updated = await tx<Run[]>`
      update scheduler.runs
      set cursor = ${next}, reason = ${reason}, state = ${next === null ? "open" : "collecting"}
      where id = ${run} and state = 'collecting' returning *`;
    if (updated.length === 0) throw new NoLongerCollecting();
    await scheduler.events.emitAll(tx, await finishRuns(tx, updated));
    return true;
  });
  return writing.catch((error: unknown) => {
    if (error instanceof NoLongerCollecting) return false;
    throw error;
  });
};
