import { type SliceRef, sliceKey } from "@rollerblade/abids/facts";
import type { Transaction } from "@rollerblade/database";
import { type AnyEmission, type ServiceEvents, sliceRefToMessage } from "@rollerblade/events";
import type { DecisionRow } from "../../tables.gen.ts";

/** What a rule calls for at a slice from now on. */
export type Call = Pick<DecisionRow, "document" | "rule" | "analysis" | "version" | "parametersHash"> & {
  readonly slice: SliceRef;
  /** Of the execution; null where nothing is called for. */
  readonly key: string | null;
  /** Whether the rule looks at the slice at all. */
  readonly covered: boolean;
};

/** Calls of one event: each is at most some 1.5 KiB, and a message may have 512 KiB. */
const callsPerEvent = 250;

/**
 * Emits which executions are called for, where that has changed: people are shown only what is. Of several calls for one document, rule
 * and slice the last counts. Whoever evaluates or ends a decision has locked it, so the revisions rise in the order of the changes.
 */
export const announceCalls = async (
  tx: Transaction,
  events: Pick<ServiceEvents, "emitAll">,
  calls: readonly Call[],
): Promise<void> => {
  if (calls.length === 0) return;
  const last = new Map(calls.map((call) => [`${call.document} ${call.rule} ${sliceKey(call.slice)}`, call]));
  const [row] = await tx<{ revision: number }[]>`select nextval('pipeline_router.decision_sequence') as revision`;
  const revision = BigInt(row?.revision ?? 0);
  const emissions: AnyEmission[] = [...Map.groupBy(last.values(), ({ slice }) => slice.dataset).values()].flatMap(
    (ofDataset) =>
      Array.from({ length: Math.ceil(ofDataset.length / callsPerEvent) }, (_, at) => ({
        topic: "pipeline.decided" as const,
        message: {
          calls: ofDataset
            .slice(at * callsPerEvent, (at + 1) * callsPerEvent)
            .map(({ slice, key, ...call }) => ({ ...call, slice: sliceRefToMessage(slice), key: key ?? "", revision })),
        },
      })),
  );
  await events.emitAll(tx, emissions);
};
