import { transaction } from "@rollerblade/database";
import { wakeAll } from "../notifications.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import type { Publication } from "./claim-publications.ts";
import { closeIntents } from "./names.ts";
import type { PublishFile } from "./publish-file.ts";
import { archiveKey, publishedKey } from "./put-files.ts";
import { sidecarOfDerivative } from "./sidecar-text.ts";

/** What becomes of a task whose publication was taken back. */
export type AfterUndo =
  | { readonly next: "plan" }
  | { readonly next: "fail"; readonly outcome: "failed" | "cancelled"; readonly reason: string };

/**
 * Takes back what a publication has put so far: each name holds again what it held before, or nothing. Then the task ends, or is
 * planned again.
 * @param files null to read them from the intent
 */
export const undoPublication = async (
  scheduler: Scheduler,
  task: Publication,
  files: readonly PublishFile[] | null,
  after: AfterUndo,
): Promise<void> => {
  const begun = files ?? (await filesOf(scheduler, task.id));
  for (const file of begun) await restore(scheduler, task.dataset, file);
  await transaction(scheduler.sql, async (tx) => {
    const [ours] = await tx`
      select id from scheduler.tasks
      where id = ${task.id} and state = 'publishing' and lease_owner = ${scheduler.replica} for update`;
    if (ours === undefined) return;
    await closeIntents(tx, [task.id]);
    if (after.next === "fail") {
      const { outcome, reason } = after;
      await finishTasks(scheduler, tx, [{ task: task.id, outcome, reason, derivatives: [] }]);
    } else {
      await tx`
        update scheduler.tasks
        set state = 'open', execution = null, reuse = false, lease_owner = null, lease_until = null where id = ${task.id}`;
    }
    await wakeAll(tx, "plan", "sweep", "withdraw");
  });
};

const filesOf = async ({ sql }: Scheduler, task: string): Promise<readonly PublishFile[]> => {
  const [intent] = await sql<{ files: PublishFile[] }[]>`select files from scheduler.intents where task = ${task}`;
  return intent?.files ?? [];
};

const restore = async (scheduler: Scheduler, dataset: string, file: PublishFile): Promise<void> => {
  if (!file.takesName) return;
  const { objects } = scheduler;
  const { path, sidecar } = file.name;
  const kept = file.predecessor === null ? null : archiveKey(dataset, file.predecessor.sha256);
  if (file.predecessor === null || kept === null || (await objects.head(kept)) === null) {
    if (await isUnheld(scheduler, dataset, path)) {
      await objects.delete([path, ...(sidecar === null ? [] : [sidecar])].map((one) => publishedKey(dataset, one)));
    }
    return;
  }
  await objects.copy(kept, publishedKey(dataset, path));
  const text = sidecar === null ? null : await sidecarOfDerivative(scheduler, file.predecessor.derivative);
  if (sidecar !== null && text !== null) await objects.put(publishedKey(dataset, sidecar), Buffer.from(text));
};

/** Without a copy in the archive the name either held nothing, or still holds what it held. */
const isUnheld = async ({ sql }: Scheduler, dataset: string, path: string): Promise<boolean> => {
  const [name] = await sql<{ derivative: string | null }[]>`
    select derivative from scheduler.names where dataset = ${dataset} and path = ${path}`;
  return name?.derivative == null;
};
