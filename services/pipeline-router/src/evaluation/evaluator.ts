import type { Transaction } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import { dirtyChannel } from "../dirty.ts";
import { duePlaces } from "./claim-places.ts";
import { createDocuments } from "./documents-in-force.ts";
import { evaluateDataset } from "./evaluate-datasets.ts";
import { evaluateSubjects } from "./evaluate-subjects.ts";
import { type Evaluation, evaluationMetrics, postpone, type Rulebook } from "./evaluation.ts";
import { readOwnerRights } from "./owner-rights.ts";
import { sendLarge } from "./send-large.ts";
import { largeChannel } from "./send-requests.ts";

/** Milliseconds between two looks without a notification. */
const pollIntervalMs = 1_000;

/** A dataset's rules take at most this part of the time: after an evaluation they rest so many times as long. */
const restFactor = 3;

/**
 * Keeps evaluating whatever is marked. It is notified when a transaction with marks commits, in whichever replica; looks by itself once
 * a second; and goes on until nothing is due.
 */
export const startEvaluator = (
  context: ServiceContext,
  { overdueMs, startsPerHour }: Pick<Evaluation, "overdueMs" | "startsPerHour">,
): void => {
  const metrics = evaluationMetrics(context.registry);
  const { sql, events, log } = context;
  const evaluation: Evaluation = { sql, events, log, metrics, overdueMs, startsPerHour };
  const readDocuments = createDocuments();
  const readRulebook = async (tx: Transaction): Promise<Rulebook> => {
    const documents = await readDocuments(tx);
    const rights = await readOwnerRights(
      context.sql,
      documents.map(({ owner }) => owner),
    );
    return { documents, rights };
  };
  const resting = new Map<string, number>();

  const evaluateDatasets = async (): Promise<boolean> => {
    let some = false;
    for (const { dataset } of await duePlaces(context.sql, true)) {
      if ((resting.get(dataset) ?? 0) > performance.now()) continue;
      const started = performance.now();
      const done = await evaluateDataset(evaluation, dataset, readRulebook).catch(async (error) => {
        await postpone(evaluation, { dataset, subject: "" }, error);
        return false;
      });
      const took = performance.now() - started;
      if (done) metrics.durations.observe({ of: "dataset" }, took / 1000);
      if (done) rest(dataset, took * restFactor);
      some ||= done;
    }
    return some;
  };
  const rest = (dataset: string, milliseconds: number): void => {
    resting.set(dataset, performance.now() + milliseconds);
    setTimeout(() => {
      resting.delete(dataset);
      if (!context.signal.aborted) context.trigger("evaluate");
    }, milliseconds).unref();
  };

  const evaluateAll = async (): Promise<void> => {
    for (;;) {
      if (context.signal.aborted) return;
      const started = performance.now();
      const subjects = await evaluateSubjects(evaluation, readRulebook);
      if (subjects) metrics.durations.observe({ of: "subjects" }, (performance.now() - started) / 1000);
      if (!subjects && !(await evaluateDatasets())) return;
    }
  };
  context.every("evaluate", pollIntervalMs, evaluateAll, { channel: dirtyChannel });
  context.every("send-large", 5_000, () => sendLarge(context), { exclusive: true, channel: largeChannel });
};
