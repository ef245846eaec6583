import { datasetsPrefix } from "@rollerblade/abids/bucket-layout";
import { type Sql, shareLockInTransaction, type Transaction, together, transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { type Batcher, createBatcher, transactionBatch } from "../batcher.ts";
import { notifyLoops } from "../notifications.ts";
import { type OnRevocation, refusedPublications } from "../rights/refuse-tasks.ts";
import type { IntentRow } from "../tables.gen.ts";
import { finishTasks, type TaskEnd, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { archiveLock } from "./archive-lock.ts";
import type { Publication } from "./claim-publications.ts";
import { createDatasetQuota, type TakeBytes } from "./dataset-quota.ts";
import { decidePublishing, type FileCandidate, type NameState, type PublishDecision } from "./decide-publishing.ts";
import { type FileCandidates, findCandidates } from "./file-candidates.ts";
import { findForeign, findHeld, insertIntents, lockNames } from "./names.ts";
import type { PublishFile } from "./publish-file.ts";

/** What writing intents needs. */
type Intending = TaskFinishing & {
  readonly sql: Sql;
  readonly replica: string;
  readonly objects: Pick<ObjectStore, "head" | "heads" | "get">;
  readonly config: { readonly revocation: OnRevocation; readonly derivativeBytesPerDataset: number };
};

/** What is to be done for a task now. */
export type Intended =
  /** It is final, or another replica has taken it over. */
  | { readonly intended: "nothing" }
  /** Another publication is about to change one of its names. */
  | { readonly intended: "wait" }
  | { readonly intended: "publish"; readonly files: readonly PublishFile[] }
  /** What it is made from was withdrawn after it had begun. */
  | { readonly intended: "undo"; readonly files: readonly PublishFile[] };

/**
 * Decides what is to be done for a task and, before anything is put, writes that down as its intent, so that a replica which finds it
 * after a crash finishes or undoes exactly that. Tasks of one moment share a transaction.
 */
export type Intend = Batcher<Publication, Intended>;

/** Creates the function with which this replica writes intents. */
export const createIntend = (scheduler: Intending): Intend => {
  const quota = createDatasetQuota(scheduler.sql, scheduler.config);
  return createBatcher(transactionBatch, async (publications) => {
    const candidates = await findCandidates(scheduler.sql, publications);
    const all = [...candidates.values()].flat();
    const [foreign, held, take] = await Promise.all([
      findForeign(scheduler, all),
      findHeld(scheduler, all),
      quota.read(publications.map(({ dataset }) => dataset)),
    ]);
    const state = { candidates, foreign, held, take };
    return transaction(scheduler.sql, (tx) => intendAll(scheduler, tx, publications, state));
  });
};

/** What the bucket holds, as it was before the transaction, by dataset and path; and how much more each dataset takes. */
type BucketState = {
  readonly candidates: FileCandidates;
  readonly foreign: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
  readonly take: TakeBytes;
};

const intendAll = async (
  scheduler: Intending,
  tx: Transaction,
  publications: readonly Publication[],
  { candidates, foreign, held, take }: BucketState,
): Promise<Intended[]> => {
  for (const dataset of [...new Set(publications.map((one) => one.dataset))].sort())
    await shareLockInTransaction(tx, archiveLock(dataset));
  const [ours, begun] = await together([lockOurs(scheduler, tx, publications), readIntents(tx, publications)]);
  const fresh = publications.filter(({ id }) => ours.has(id) && !begun.has(id));
  const refused = await refusedPublications(
    tx,
    fresh.filter(isAsked(scheduler.config)).map(({ id }) => id),
  );
  const allowed = fresh.filter(({ id }) => !refused.has(id));
  const wanted = allowed.flatMap(({ id }) => candidates.get(id) ?? []);
  const names = await lockNames(tx, wanted, foreign, held);
  await findSharedThere(scheduler, wanted, names);
  const decided = decideAll(allowed, candidates, names, foreign);
  const decisions = new Map([
    ...withinQuota(take, allowed, decided),
    ...[...refused].map(([id, reason]): [string, PublishDecision] => [id, { publish: "refused", reason }]),
  ]);
  await insertIntents(
    tx,
    [...decisions].flatMap(([task, decision]) => (decision.publish === "go" ? [{ task, files: decision.files }] : [])),
  );
  const finished = await finishTasks(
    scheduler,
    tx,
    fresh.flatMap((task) => endOf(task, decisions.get(task.id))),
  );
  if (finished.length > 0) await notifyLoops(tx, "sweep");
  return publications.map(({ id }) =>
    ours.has(id) ? intendedFor(begun.get(id), decisions.get(id)) : { intended: "nothing" },
  );
};

/**
 * Looks once more for files that every slice makes and that were not there before the names were locked: another slice may have published
 * them in that moment, and what it has put there stays.
 */
const findSharedThere = async (
  { objects }: Pick<Intending, "objects">,
  candidates: readonly FileCandidate[],
  names: Map<string, NameState>,
): Promise<void> => {
  const missing = candidates.flatMap(({ shared, place }) => {
    const state = names.get(place);
    return shared && state !== undefined && state.derivative !== null && !state.held ? [{ place, state }] : [];
  });
  const heads = await Promise.all(missing.map(({ place }) => objects.head(datasetsPrefix + place)));
  for (const [index, { place, state }] of missing.entries())
    if ((heads[index] ?? null) !== null) names.set(place, { ...state, held: true });
};

/** Whether rights are asked once more: what ran with them may be published without, where it is to be finished. */
const isAsked =
  ({ revocation }: Intending["config"]) =>
  ({ reuse }: Publication): boolean =>
    revocation === "cancel" || reuse;

const lockOurs = async (
  { replica }: Pick<Intending, "replica">,
  tx: Transaction,
  publications: readonly Publication[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx<{ id: string }[]>`
    select id from scheduler.tasks
    where id = any(${publications.map(({ id }) => id)}::uuid[]) and state = 'publishing' and lease_owner = ${replica}
    order by id for update`;
  return new Set(rows.map(({ id }) => id));
};

const readIntents = async (
  tx: Transaction,
  publications: readonly Publication[],
): Promise<ReadonlyMap<string, IntentRow>> => {
  const rows = await tx<IntentRow[]>`
    select * from scheduler.intents where task = any(${publications.map(({ id }) => id)}::uuid[])`;
  return new Map(rows.map((row) => [row.task, row]));
};

/** Decides one task after the other: names that one of them takes are taken for those after it. */
const decideAll = (
  tasks: readonly Publication[],
  candidates: FileCandidates,
  names: Map<string, NameState>,
  foreign: ReadonlySet<string>,
): ReadonlyMap<string, PublishDecision> => {
  const decisions = new Map<string, PublishDecision>();
  for (const task of tasks) {
    const own = candidates.get(task.id) ?? [];
    const decision = decidePublishing(task, own, names, foreign);
    decisions.set(task.id, decision);
    if (decision.publish !== "go") continue;
    for (const { place } of own) {
      const name = names.get(place);
      if (name !== undefined) names.set(place, { ...name, intent: task.id });
    }
  }
  return decisions;
};

/** Refuses what would make a dataset too large, one task after the other. */
const withinQuota = (
  take: TakeBytes,
  tasks: readonly Publication[],
  decided: ReadonlyMap<string, PublishDecision>,
): ReadonlyMap<string, PublishDecision> => {
  const within = new Map(decided);
  for (const { id, dataset } of tasks) {
    const decision = decided.get(id);
    if (decision?.publish !== "go") continue;
    const bytes = decision.files.reduce((sum, { size }) => sum + size, 0);
    const reason = take(dataset, bytes);
    if (reason !== null) within.set(id, { publish: "refused", reason });
  }
  return within;
};

/** A task that was executed anew on demand ran, also where it made what was there; so did one that rightly made nothing. */
const endOf = ({ id: task, force, reuse }: Publication, decision: PublishDecision | undefined): TaskEnd[] => {
  if (decision === undefined) return [];
  if (decision.publish === "refused") return [{ task, outcome: "failed", reason: decision.reason, derivatives: [] }];
  if (decision.publish !== "in-place") return [];
  const { derivatives } = decision;
  const outcome = !reuse && (force || derivatives.length === 0) ? "ran" : "in-place";
  return [{ task, outcome, reason: "", derivatives }];
};

const intendedFor = (begun: IntentRow | undefined, decision: PublishDecision | undefined): Intended => {
  if (begun !== undefined) return { intended: begun.stopped ? "undo" : "publish", files: begun.files };
  if (decision?.publish === "go") return { intended: "publish", files: decision.files };
  return { intended: decision?.publish === "wait" ? "wait" : "nothing" };
};
