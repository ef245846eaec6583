import { type SliceFacts, sliceKey } from "@rollerblade/abids/facts";
import { acceptsScan, type RequestedSlice, type Resolution, resolveInputs } from "@rollerblade/analysis";
import { catalogRoutes } from "@rollerblade/client";
import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { eventIdOf } from "@rollerblade/events";
import type { OnBehalfOf, ServiceContext } from "@rollerblade/service-kit";
import { type Analysis, findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { RunLock } from "../schema.ts";
import type { RunRow } from "../tables.gen.ts";
import { finishRuns, runFinished } from "../tasks/count-outcomes.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { type NoInputs, type RunOfTasks, type SliceRequest, taskOfSlice } from "./task-of-slice.ts";

/** What reading slices needs: clients of other services. */
export type Catalog = Pick<ServiceContext, "peer">;

/** What collecting needs. */
type Collecting = TaskFinishing & Catalog & { readonly sql: Sql; readonly signal: AbortSignal };

/** Slices of one page, which one transaction inserts. */
const pageSize = 500;

/** One page of what a query finds. */
export type SlicePage = { readonly items: readonly FoundSlice[]; readonly next: string | null };

/** A slice that a query finds. One of a pinned query has a problem when it can no longer be had as it was. */
type FoundSlice = SliceFacts & {
  readonly problem?: string | undefined;
  /** Paths of the scans that the query matched, where the slice holds others too. */
  readonly matched?: readonly string[] | undefined;
};

/**
 * Reads a page of slices from the catalog in the name of the run's owner, so that nobody runs an analysis on what they may not read, nor on
 * what is outside of the limits of the token with which they ordered it.
 * @param after where the page begins; null for the first one
 */
export const readSlices = (
  { peer }: Catalog,
  analysis: Pick<Analysis, "manifest">,
  owner: OnBehalfOf,
  query: string,
  after: string | null,
): Promise<SlicePage> =>
  peer("catalog", owner).call(catalogRoutes.querySlices, {
    body: { expression: query, level: analysis.manifest.level, limit: pageSize, ...(after !== null && { after }) },
  });

/** A person's run whose inputs are to be found. */
export type CollectedRun = RunOfTasks & {
  readonly query: string | null;
  readonly locks: readonly RunLock[];
  readonly traceparent: string;
};

/** What becomes of a page of slices. */
export type PageOfTasks = {
  readonly tasks: readonly NewTask[];
  /** Scans that no input could be, which are not slices of the run. */
  readonly leftOut: number;
  /** Where the next page begins; null when the run has all its slices. */
  readonly next: string | null;
};

/**
 * Makes the tasks of a page. A run over scans is narrowed to those that some raw input could be by their suffix and extension. Every
 * other slice without its inputs becomes a task that fails or to which the analysis does not apply, where everybody sees it.
 * @param room slices that the run may still have; those that an analysis does not apply to take none
 */
export const tasksOfPage = (run: CollectedRun, analysis: Analysis, page: SlicePage, room: number): PageOfTasks => {
  const { manifest } = analysis;
  const narrow = manifest.level === "scan" && manifest.inputs.some(({ kind }) => kind === "raw");
  const tasks: NewTask[] = [];
  let leftOut = 0;
  let taken = 0;
  for (const facts of page.items) {
    if (taken >= room) return { tasks, leftOut, next: null };
    const scan = narrow ? facts.scans.find(({ path }) => path === facts.slice.scan) : undefined;
    if (scan !== undefined && facts.problem === undefined && !acceptsScan(manifest, scan)) leftOut += 1;
    else {
      const task = taskOfSlice(run, analysis, requestOf(run, analysis, facts));
      tasks.push(task);
      if (isApplicable(task)) taken += 1;
    }
  }
  return { tasks, leftOut, next: taken >= room ? null : page.next };
};

/** Whether a task takes one of the slices that a limit allows. */
export const isApplicable = ({ fault }: NewTask): boolean => fault?.outcome !== "not-applicable";

const requestOf = (run: CollectedRun, analysis: Analysis, facts: FoundSlice): SliceRequest => ({
  // The same page once more makes the same decisions, so that a crash between fetching and writing repeats nothing.
  decision: eventIdOf("decision", run.id, sliceKey(facts.slice)),
  round: 1,
  decided: 0,
  decidedAt: new Date(),
  traceparent: run.traceparent,
  slice: facts.slice,
  ...requestedOf(run, analysis, facts),
});

/** What a slice receives: with `many`, no more than the query chose. */
const requestedOf = (
  run: CollectedRun,
  { manifest }: Analysis,
  facts: FoundSlice,
): Pick<SliceRequest, "requested" | "chosenBy"> => {
  if (facts.problem !== undefined) return { requested: failedWith(facts.problem) };
  const whole = resolveInputs(manifest, facts, run.locks);
  if (facts.matched === undefined || whole.state !== "resolved") return { requested: answerOf(run, whole) };
  const part = resolveInputs(manifest, facts, run.locks, facts.matched);
  if (part.state === "waiting" || part.state === "not-applicable")
    return { requested: failedWith(nothingChosen(part, facts)) };
  // A query by what a scan is (`scan.suffix == "T1w"`) mostly leaves out scans only that no input would have received.
  const isWhole = part.state === "resolved" && membersOf(part.slice) === membersOf(whole.slice);
  return isWhole ? { requested: whole.slice } : { requested: answerOf(run, part), chosenBy: run.query?.trim() ?? "" };
};

const failedWith = (fault: string): NoInputs => ({ fault, outcome: "failed" });

const membersOf = ({ inputs }: RequestedSlice): number => inputs.reduce((sum, { members }) => sum + members.length, 0);

const nothingChosen = (
  { input, for: what }: Resolution & { state: "waiting" | "not-applicable" },
  { scans, matched }: FoundSlice,
): string =>
  `the query chose ${matched?.length ?? 0} of ${scans.length} scans, and of these there is no ${what} for the input "${input}": choose by what the input is, or by subject or session`;

const answerOf = (run: CollectedRun, resolution: Resolution): SliceRequest["requested"] => {
  switch (resolution.state) {
    case "resolved":
      return resolution.slice;
    case "not-applicable":
      return { fault: `there is no ${resolution.for} for the input "${resolution.input}"`, outcome: "not-applicable" };
    case "waiting":
      return failedWith(
        `the input "${resolution.input}" is missing: there is no ${resolution.for}${lookedFor(run, resolution.input)}`,
      );
    default: {
      // Five names are enough to see what is ambiguous about them.
      const candidates = resolution.candidates.slice(0, 5).join(", ");
      return failedWith(`the input "${resolution.input}" is ambiguous: ${candidates}`);
    }
  }
};

/** Names the one version and setting that the run takes, since the range of the manifest may allow others that do exist. */
const lookedFor = ({ locks }: CollectedRun, input: string): string => {
  const lock = locks.find((one) => one.input === input);
  if (lock === undefined) return "";
  const { analysis, version, parameters = {}, parametersHash } = lock;
  const settings = parametersHash === "" ? "its default parameters" : `the parameters ${JSON.stringify(parameters)}`;
  return `; this run takes ${analysis} ${version} with ${settings} (\`--input ${input}=${analysis}@RANGE\` takes another version)`;
};

/**
 * Fetches further pages of the runs whose queries find more than one, the oldest run first. After a crash it goes on with the page
 * behind the last one that was written.
 */
export const collectSlices = async (scheduler: Collecting): Promise<void> => {
  for (;;) {
    const [run] = await scheduler.sql<RunRow[]>`
      select * from scheduler.runs where state = 'collecting' order by created_at limit 1`;
    if (run === undefined || scheduler.signal.aborted) return;
    await collectRun(scheduler, run);
  }
};

/** Who ordered a run, within the limits of the token with which they did. */
const ordererOf = ({ owner: name, limitedToken: token }: RunRow): OnBehalfOf =>
  token === null ? { name } : { name, limits: { token } };

/** Fetches the rest of a run's pages; while one is written, the next is fetched. */
const collectRun = async (scheduler: Collecting, run: RunRow): Promise<void> => {
  const { sql, signal } = scheduler;
  const analysis = (await findAnalyses(sql, sql, [run])).get(versionKey(run.analysis, run.version));
  if (analysis === undefined) throw new Error(`There is no ${run.analysis} ${run.version}.`);
  const fetchPage = (after: string | null): Promise<SlicePage> => {
    const page = readSlices(scheduler, analysis, ordererOf(run), run.query ?? "", after);
    // It is awaited only after the page before it was written; until then nobody else handles its failure.
    page.catch(() => {});
    return page;
  };
  try {
    let room = (run.sliceLimit ?? Number.POSITIVE_INFINITY) - (run.total - run.notApplicable);
    let ahead: Promise<SlicePage> | null = fetchPage(run.cursor);
    while (ahead !== null && !signal.aborted) {
      const page = tasksOfPage(run, analysis, await ahead, room);
      ahead = page.next === null ? null : fetchPage(page.next);
      room -= page.tasks.filter(isApplicable).length;
      if (!(await writePage(scheduler, run.id, page, ""))) return;
    }
  } catch (error) {
    const problem = Problem.from(error);
    // A catalog that is away now may be back in a moment; the next turn of the loop asks it again.
    if (problem.code === "unavailable" || problem.code === "internal") throw error;
    await writePage(scheduler, run.id, { tasks: [], leftOut: 0, next: null }, problem.message);
  }
};

/** Rolls a page back whose run was cancelled while it was fetched. */
class NoLongerCollecting extends Error {
  override readonly name = "NoLongerCollecting";
}

/** Writes a page, or nothing of it when the run was cancelled meanwhile. @returns whether it was written */
const writePage = async (
  scheduler: Collecting,
  run: string,
  { tasks, leftOut, next }: PageOfTasks,
  reason: string,
): Promise<boolean> => {
  const writing = transaction(scheduler.sql, async (tx) => {
    await insertTasks(scheduler, tx, tasks);
    const updated = await tx<RunRow[]>`
      update scheduler.runs
      set cursor = ${next}, reason = ${reason}, left_out = left_out + ${leftOut},
        state = ${next === null ? "open" : "collecting"}
      where id = ${run} and state = 'collecting' returning *`;
    if (updated.length === 0) throw new NoLongerCollecting();
    await scheduler.events.emitAll(tx, (await finishRuns(tx, updated)).map(runFinished));
    return true;
  });
  return writing.catch((error: unknown) => {
    if (error instanceof NoLongerCollecting) return false;
    throw error;
  });
};
