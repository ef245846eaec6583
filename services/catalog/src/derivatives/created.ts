import { faultOfDatasetName, faultOfPath } from "@rollerblade/abids";
import type { DerivativeFacts } from "@rollerblade/abids/facts";
import {
  type Cause,
  derivativeFactsFromMessage,
  permanent,
  type Received,
  type SourcesStore,
  withSources,
} from "@rollerblade/events";

/** A derivative as its publisher announced it. */
export type Created = {
  readonly facts: DerivativeFacts;
  readonly sequence: number;
  readonly task: string;
  readonly decision: string | null;
  readonly inForce: boolean;
  /** Key of the object that lists its sources; empty where they fit into a message. */
  readonly sourcesObject: string;
  readonly publishedAt: Date;
  readonly cause: Cause;
};

/** Reads events, and from the bucket what is too much for them. @throws HandlingFailure permanent for names that cannot be */
export const readCreated = async (
  store: SourcesStore,
  events: readonly Received<"derivative.created">[],
): Promise<Created[]> => {
  const created: Created[] = [];
  for (const event of events) created.push(await createdOf(store, event));
  return created;
};

const createdOf = async (store: SourcesStore, event: Received<"derivative.created">): Promise<Created> => {
  const { task, decision, inForce } = event.message;
  const derivative = await withSources(store, event.message.derivative);
  const facts = derivativeFactsFromMessage(derivative);
  const fault = faultOfDatasetName(facts.dataset) ?? faultOfPath(facts.path);
  if (fault !== null) throw permanent(`derivative.created is refused: ${fault}.`, { event });
  const sequence = Number(derivative?.sequence ?? 0);
  return {
    ...{ facts, sequence, task, decision: decision ?? null, inForce, publishedAt: event.time, cause: event.cause },
    sourcesObject: derivative?.sourcesObject ?? "",
  };
};
