import { referenceKey, referencePrefix, taskOfReferenceKey } from "@rollerblade/abids/bucket-layout";
import type { Transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";

/** Lists of sources are few: only tasks with thousands of sources have one. */
const keysPerStatement = 500;

/**
 * Erases lists of sources that may name a deleted person: those of tasks whose inputs were forgotten, once the catalog has withdrawn all that
 * they made and nobody reads the list any more. An object that is deleted in a transaction which fails stays deleted, and is not needed.
 */
export const eraseReferences = async (
  objects: Pick<ObjectStore, "list" | "delete">,
  tx: Transaction,
  dataset: string,
): Promise<void> => {
  const keys: string[] = [];
  for await (const { key } of objects.list(referencePrefix)) keys.push(key);
  for (let at = 0; at < keys.length; at += keysPerStatement) {
    const tasks = keys.slice(at, at + keysPerStatement).flatMap((key) => taskOfReferenceKey(key) ?? []);
    const forgotten = await tx<{ id: string }[]>`
      select id from scheduler.tasks as task
      where id = any(${tasks}::uuid[]) and ${dataset} = any(datasets) and state = 'final' and requested is null
        and not exists (select from scheduler.derivatives as derivative where derivative.id = any(task.derivatives))`;
    await objects.delete(forgotten.map(({ id }) => referenceKey(id)));
  }
};
