import { faultOfDatasetName, faultOfPath } from "@rollerblade/abids";
import type { DerivativeFacts } from "@rollerblade/analysis";
import { type Cause, derivativeFactsFromMessage, permanent, type Received } from "@rollerblade/events";

/** A derivative as its publisher told of it. */
export type Created = {
  readonly facts: DerivativeFacts;
  readonly sequence: number;
  readonly task: string;
  readonly decision: string | null;
  readonly inForce: boolean;
  readonly saidAt: Date;
  readonly cause: Cause;
};

/** Reads an event. @throws HandlingFailure permanent for names that cannot be */
export const createdOf = (event: Received<"derivative.created">): Created => {
  const { derivative, task, decision, inForce } = event.message;
  const facts = derivativeFactsFromMessage(derivative);
  const fault = faultOfDatasetName(facts.dataset) ?? faultOfPath(facts.path);
  if (fault !== null) throw permanent(`derivative.created is refused: ${fault}.`, { event });
  const sequence = Number(derivative?.sequence ?? 0);
  return { facts, sequence, task, decision: decision ?? null, inForce, saidAt: event.time, cause: event.cause };
};
