import { createHash } from "node:crypto";
import { canonicalJson } from "@rollerblade/abids";
import { executionPrefix } from "@rollerblade/abids/bucket-layout";
import type { SliceRef } from "@rollerblade/abids/facts";
import { insertRecords, type Transaction } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Analysis } from "../analyses/known-analyses.ts";
import { executionsTable, locationsTable, outputsTable } from "../tables.gen.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { outputsOfRatings, type Rated, ratingDocument } from "./rating-document.ts";

/** What staging needs. */
type Staging = { readonly objects: Pick<ObjectStore, "put"> };

/**
 * Stages the ratings of an image as what an execution has written that has succeeded, so that the task for it is planned, published and
 * withdrawn as every other one.
 * @returns the task, which has the key of that execution
 */
export const stageRatings = async (
  { objects }: Staging,
  tx: Transaction,
  { manifest }: Analysis,
  task: NewTask & { readonly slice: SliceRef },
  ratings: readonly Rated[],
): Promise<NewTask> => {
  const execution = newEventId();
  const text = `${JSON.stringify(ratingDocument(ratings), null, 2)}\n`;
  const names = outputsOfRatings(ratings);
  const key = `sha256:${createHash("sha256")
    .update(canonicalJson({ image: task.key, text, names: [...names] }))
    .digest("hex")}`;
  const { cpu, memory } = manifest.resources;
  await insertRecords(tx, executionsTable, [
    {
      ...{
        id: execution,
        key,
        analysis: task.analysis,
        version: task.version,
        parameters: {},
        datasets: [...task.datasets],
      },
      ...{ state: "succeeded", rank: task.rank, owner: task.owner, cpu, memory, staged: true, finishedAt: new Date() },
    },
  ]);
  if (names.length > 0) {
    const object = `${executionPrefix(execution)}rating.json`;
    const { size, sha256 } = await objects.put(object, Buffer.from(text));
    await insertRecords(
      tx,
      outputsTable,
      names.map((name) => ({ execution, name, size, sha256, metadata: null })),
    );
    await insertRecords(tx, locationsTable, [{ object, size, sha256, kind: "staged" }]);
  }
  return { ...task, key, decision: newEventId() };
};
