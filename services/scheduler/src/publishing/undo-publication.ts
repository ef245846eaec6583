import { archiveKey, datasetKey } from "@rollerblade/abids/bucket-layout";
import { type Sql, transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { sidecarOfDerivative } from "../locations/sidecar-text.ts";
import { notifyLoops } from "../notifications.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import type { Publication } from "./claim-publications.ts";
import { closeIntents } from "./names.ts";
import type { PublishFile } from "./publish-file.ts";

/** What undoing needs. */
type Undoing = TaskFinishing & Restoring & { readonly replica: string };
type Restoring = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "head" | "copy" | "put" | "delete"> };

/** What becomes of a task whose publication was undone: it is planned again, or ends. */
export type AfterUndo =
  | { readonly next: "plan" }
  | { readonly next: "fail"; readonly outcome: "failed" | "cancelled"; readonly reason: string };

/**
 * Undoes what a publication has put so far: each name holds again what it held before, or nothing. It can be repeated after a crash
 * at any line, since the intent is closed last.
 * @param files null to read them from the intent
 */
export const undoPublication = async (
  scheduler: Undoing,
  task: Publication,
  files: readonly PublishFile[] | null,
  after: AfterUndo,
): Promise<void> => {
  const { sql, replica } = scheduler;
  for (const file of files ?? (await intendedFiles(sql, task.id))) await restore(scheduler, task.dataset, file);
  await transaction(sql, async (tx) => {
    const [ours] = await tx`
      select id from scheduler.tasks
      where id = ${task.id} and state = 'publishing' and lease_owner = ${replica} for update`;
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
    await notifyLoops(tx, "plan", "sweep", "withdraw");
  });
};

const intendedFiles = async (sql: Sql, task: string): Promise<readonly PublishFile[]> => {
  const [intent] = await sql<{ files: PublishFile[] }[]>`select files from scheduler.intents where task = ${task}`;
  return intent?.files ?? [];
};

const restore = async (scheduler: Restoring, dataset: string, file: PublishFile): Promise<void> => {
  if (!file.takesName) return;
  const { sql, objects } = scheduler;
  const { path, sidecar } = file.name;
  const kept = file.predecessor === null ? null : archiveKey(dataset, file.predecessor.sha256);
  if (file.predecessor === null || kept === null || (await objects.head(kept)) === null) {
    if (await isUnheld(sql, dataset, path)) {
      await objects.delete([path, ...(sidecar === null ? [] : [sidecar])].map((one) => datasetKey(dataset, one)));
    }
    return;
  }
  await objects.copy(kept, datasetKey(dataset, path));
  const text = sidecar === null ? null : await sidecarOfDerivative(sql, file.predecessor.derivative);
  if (sidecar !== null && text !== null) await objects.put(datasetKey(dataset, sidecar), Buffer.from(text));
};

/** Without a copy in the archive the name either held nothing, or still holds what it held. */
const isUnheld = async (sql: Sql, dataset: string, path: string): Promise<boolean> => {
  const [name] = await sql<{ derivative: string | null }[]>`
    select derivative from scheduler.names where dataset = ${dataset} and path = ${path}`;
  return name?.derivative == null;
};
