import { type AnyEmission, type Handlers, prepared, type Received, type TopicName } from "@rollerblade/events";
import type { ServiceContext } from "@rollerblade/service-kit";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { applyChanges } from "./apply-changes.ts";
import { closeBatches, countHandled, countRefused, expectMore, noteFiles, openBatches } from "./batches.ts";
import type { Change } from "./change.ts";
import { type CheckTools, checkMetadataUploaded, checkScanRemoved, checkScanUploaded } from "./check-events.ts";
import { type CheckedImport, checkScanImported } from "./imported-scans.ts";
import { type Checked, failureOf, isReported } from "./refusal.ts";
import { createFaultOfRight } from "./rights.ts";
import { createIsSuperseded } from "./superseded.ts";
import { createVerify } from "./verify-object.ts";

type Context = Pick<ServiceContext, "sql" | "events" | "objects" | "authorize">;
type Check<T extends TopicName> = (event: Received<T>, tools: CheckTools) => Promise<Checked<Change>>;

/** Topics whose events are about files of one dataset, and are compared with what lies there. */
type FileTopic = "scan.uploaded" | "metadata.uploaded" | "scan.removed";

const maxRemembered = 5_000;

/** One refused event makes its batch begin anew without it, so what was found of the others is kept until it is applied. */
const rememberChecks = <T extends TopicName>(check: Check<T>) => {
  const known = new Map<string, Change>();
  return {
    check: async (event: Received<T>, tools: CheckTools): Promise<Checked<Change>> => {
      const before = known.get(event.id);
      if (before !== undefined) return { ok: true, value: { ...before, event } };
      const checked = await check(event, tools);
      if (known.size >= maxRemembered) known.clear();
      if (checked.ok) known.set(event.id, checked.value);
      return checked;
    },
    forget: (events: readonly Received<T>[]) => {
      for (const { id } of events) known.delete(id);
    },
  };
};

/** Lets a batch go on without an event that became a dead letter, whatever the reason, and notes which files it was about. */
export const releaseBatch =
  ({ sql, events }: Pick<Context, "sql" | "events">) =>
  async (event: Received, reason: string): Promise<void> => {
    const { message } = event;
    if (!("dataset" in message) || event.topic.startsWith("batch.")) return;
    // An upload is not a batch: then the message has no such property at all.
    const batch = "batch" in message ? (message.batch ?? null) : null;
    await countRefused(sql, events, { event, dataset: message.dataset, batch }, reason);
  };

/** A handler that believes nothing that it has not checked, and applies a whole batch at once. */
const checking = <T extends FileTopic>(context: Context, tools: Omit<CheckTools, "faultOfRight">, check: Check<T>) => {
  const remembered = rememberChecks(check);
  return prepared<T, readonly Change[]>({
    prepare: async (events) => {
      const all = { ...tools, faultOfRight: createFaultOfRight(context) };
      const checked = await Promise.all(
        events.map(async (event) => ({ event, outcome: await remembered.check(event, all) })),
      );
      const changes: Change[] = [];
      for (const { event, outcome } of checked) {
        if (outcome.ok) {
          changes.push(outcome.value);
          continue;
        }
        const failure = failureOf(event, outcome.refusal);
        if (isReported(event, outcome.refusal))
          await noteFiles(context.sql, event.message.dataset, event, failure.message);
        throw failure;
      }
      return changes;
    },
    apply: async (events, tx, changes) => {
      await applyChanges(tx, context.events, changes);
      remembered.forget(events);
    },
  });
};

/** The same for many scans in one event; those that are refused are emitted again one by one, and go the way of each. */
const checkingImports = (context: Context, tools: Omit<CheckTools, "faultOfRight">) =>
  prepared<"scan.imported", readonly CheckedImport[]>({
    prepare: async (events) => {
      const all = { ...tools, faultOfRight: createFaultOfRight(context) };
      const checked = await Promise.all(events.map((event) => checkScanImported(event, all)));
      for (const { event, again } of checked) if (again !== null) throw failureOf(event, again);
      return checked;
    },
    apply: async (events, tx, imports) => {
      await lockDatasets(
        tx,
        events.map(({ message }) => message.dataset),
      );
      for (const { event, refused } of imports) {
        const { dataset, batch } = event.message;
        if (batch !== undefined && refused.length > 0) await expectMore(tx, { id: batch, dataset }, refused.length);
        const { cause } = event;
        const emissions = refused.map((message): AnyEmission => ({ topic: "scan.uploaded", message, cause }));
        await context.events.emitAll(tx, emissions);
      }
      await applyChanges(
        tx,
        context.events,
        imports.flatMap(({ changes }) => changes),
      );
      const without = imports.filter(({ changes }) => changes.length === 0).map(({ event }) => event);
      await countHandled(
        tx,
        context.events,
        without.map((event) => ({ event, dataset: event.message.dataset, batch: event.message.batch ?? null })),
      );
    },
  });

/** What the catalog does when files, scans and batches come and go. */
export const indexingHandlers = (context: Context) => {
  const tools = { verify: createVerify(context.objects), isSuperseded: createIsSuperseded(context.sql) };
  return {
    "scan.uploaded": checking<"scan.uploaded">(context, tools, checkScanUploaded),
    "scan.imported": checkingImports(context, tools),
    "metadata.uploaded": checking<"metadata.uploaded">(context, tools, checkMetadataUploaded),
    "scan.removed": checking<"scan.removed">(context, tools, checkScanRemoved),
    "batch.opened": (events, tx) => openBatches(events, tx),
    "batch.closed": (events, tx) => closeBatches(context.events, events, tx),
  } satisfies Handlers;
};
