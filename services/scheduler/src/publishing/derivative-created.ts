import type { DerivativeFacts } from "@rollerblade/abids/facts";
import {
  areManySources,
  derivativeFactsToMessage,
  type MessageInitOf,
  sourcesObject,
  withSourcesIn,
} from "@rollerblade/events";

/** A derivative that has just been published. */
export type NewDerivative = Omit<DerivativeFacts, "revision"> & {
  readonly folder: string;
  readonly sidecar: string | null;
  readonly execution: string;
  readonly task: string;
  readonly parameters: object;
  readonly code: string;
  readonly sequence: number;
  /** Whether it holds its name. */
  readonly inForce: boolean;
};

/** The message that says so. One that holds no name has no place in the order of those that do: it is older than all of them. */
export const derivativeCreated = (
  { sequence, inForce, task, folder: _, sidecar: _s, execution: _e, parameters: _p, code: _c, ...facts }: NewDerivative,
  decision: string | null,
): MessageInitOf<"derivative.created"> => {
  const derivative = derivativeFactsToMessage({ ...facts, revision: 1 }, inForce ? sequence : 0);
  return {
    derivative: areManySources(facts.sources)
      ? withSourcesIn(derivative, sourcesObject(task, facts.sources).key)
      : derivative,
    task,
    ...(decision !== null && { decision }),
    inForce,
  };
};
