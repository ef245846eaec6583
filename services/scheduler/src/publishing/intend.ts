import { type Transaction, transaction } from "@rollerblade/database";
import { type Batcher, createBatcher } from "../batcher.ts";
import { wakeAll } from "../notifications.ts";
import type { Scheduler } from "../scheduler.ts";
import type { intents } from "../schema.ts";
import { finishTasks, type TaskEnd } from "../tasks/finish-tasks.ts";
import { type Candidates, candidatesOf } from "./candidates.ts";
import type { Publication } from "./claim-publications.ts";
import { decidePublishing, type NameState, type PublishDecision } from "./decide-publishing.ts";
import { findForeign, findHeld, lockNames, writeIntents } from "./names.ts";
import type { PublishFile } from "./publish-file.ts";

/** What is to be done for a task now. */
export type Intended =
  /** It is final, or no longer ours. */
  | { readonly intended: "nothing" }
  /** Somebody else is about to change one of its names. */
  | { readonly intended: "wait" }
  | { readonly intended: "publish"; readonly files: readonly PublishFile[] }
  /** What it is made from was withdrawn after it had begun. */
  | { readonly intended: "undo"; readonly files: readonly PublishFile[] };

/** Writes down what will be published, before anything is; tasks of one moment share a transaction. */
export type Intend = Batcher<Publication, Intended>;

/** Most tasks of one transaction. */
const most = 200;
/** Milliseconds that a transaction waits for more under load. */
const linger = 50;

/** The way in which this replica writes down what it is about to publish. */
export const createIntend = (scheduler: Scheduler): Intend =>
  createBatcher({ most, linger }, async (publications) => {
    const candidates = await candidatesOf(scheduler, publications);
    const all = [...candidates.values()].flat();
    const [foreign, held] = await Promise.all([findForeign(scheduler, all), findHeld(scheduler, all)]);
    return transaction(scheduler.sql, (tx) => intendAll(scheduler, tx, publications, { candidates, foreign, held }));
  });

/** What was seen in the bucket before the transaction, by dataset and path. */
type Seen = {
  readonly candidates: Candidates;
  readonly foreign: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
};

const intendAll = async (
  scheduler: Scheduler,
  tx: Transaction,
  publications: readonly Publication[],
  { candidates, foreign, held }: Seen,
): Promise<Intended[]> => {
  const [ours, begun] = await Promise.all([lockOurs(scheduler, tx, publications), readIntents(tx, publications)]);
  const fresh = publications.filter(({ id }) => ours.has(id) && !begun.has(id));
  const wanted = fresh.flatMap(({ id }) => candidates.get(id) ?? []);
  const decisions = decideAll(fresh, candidates, await lockNames(tx, wanted, foreign, held), foreign);
  await writeIntents(
    tx,
    [...decisions].flatMap(([task, decision]) => (decision.publish === "go" ? [{ task, files: decision.files }] : [])),
  );
  const finished = await finishTasks(scheduler, tx, [...decisions].flatMap(endOf));
  if (finished.length > 0) await wakeAll(tx, "sweep");
  return publications.map(({ id }) =>
    ours.has(id) ? intendedFor(begun.get(id), decisions.get(id)) : { intended: "nothing" },
  );
};

const lockOurs = async (
  { replica }: Scheduler,
  tx: Transaction,
  publications: readonly Publication[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx<{ id: string }[]>`
    select id from scheduler.tasks
    where id = any(${publications.map(({ id }) => id)}::uuid[]) and state = 'publishing' and lease_owner = ${replica}
    order by id for update`;
  return new Set(rows.map(({ id }) => id));
};

type Intent = typeof intents.$inferSelect;

const readIntents = async (
  tx: Transaction,
  publications: readonly Publication[],
): Promise<ReadonlyMap<string, Intent>> => {
  const rows = await tx<Intent[]>`
    select * from scheduler.intents where task = any(${publications.map(({ id }) => id)}::uuid[])`;
  return new Map(rows.map((row) => [row.task, row]));
};

/** One after the other: names that one task takes are taken for the ones after it. */
const decideAll = (
  tasks: readonly Publication[],
  candidates: Candidates,
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

const endOf = ([task, decision]: readonly [string, PublishDecision]): TaskEnd[] => {
  if (decision.publish === "refused") return [{ task, outcome: "failed", reason: decision.reason, derivatives: [] }];
  if (decision.publish !== "in-place") return [];
  return [{ task, outcome: "in-place", reason: "", derivatives: decision.derivatives }];
};

const intendedFor = (begun: Intent | undefined, decision: PublishDecision | undefined): Intended => {
  if (begun !== undefined) return { intended: begun.stopped ? "undo" : "publish", files: begun.files };
  if (decision?.publish === "go") return { intended: "publish", files: decision.files };
  return { intended: decision?.publish === "wait" ? "wait" : "nothing" };
};
