import type { DerivativeSummary, TaskStatus } from "@rollerblade/client";
import { sliceName } from "../slice-name.ts";
import type { TaskOutputs } from "./run-outputs.ts";

/** One output of one slice in two runs. */
export type Difference = {
  readonly slice: string;
  /** Null where neither made one, and the slices ended differently. */
  readonly output: string | null;
  readonly left: Side;
  readonly right: Side;
};

/** What a run has of a slice's output. */
export type Side = {
  /** Null where the run has no such slice. */
  readonly outcome: string | null;
  readonly derivative: DerivativeSummary | null;
};

/** Whether two sides have the same bytes, or both have nothing for the same reason. */
const isSame = (left: Side, right: Side): boolean =>
  left.derivative?.sha256 === right.derivative?.sha256 && (left.derivative !== null || left.outcome === right.outcome);

/**
 * Compares what two runs made of each slice, by the contents of the outputs.
 * @returns what differs, by slice and output, and how many outputs are the same
 */
export const compareOutputs = (
  left: readonly TaskOutputs[],
  right: readonly TaskOutputs[],
): { readonly differences: readonly Difference[]; readonly same: number } => {
  const [lefts, rights] = [bySlice(left), bySlice(right)];
  const slices = [...new Set([...lefts.keys(), ...rights.keys()])].sort();
  const differences: Difference[] = [];
  let same = 0;
  for (const slice of slices) {
    const [one, other] = [lefts.get(slice), rights.get(slice)];
    const trees = new Set([...outputsThatAreTrees(one), ...outputsThatAreTrees(other)]);
    const names = new Set([one, other].flatMap((side) => side?.outputs.map((made) => nameOf(made, trees)) ?? []));
    for (const output of names.size === 0 ? [null] : [...names].sort()) {
      const difference = { slice, output, left: sideOf(one, output, trees), right: sideOf(other, output, trees) };
      if (!isSame(difference.left, difference.right)) differences.push(difference);
      else if (output !== null) same += 1;
    }
  }
  return { differences, same };
};

const bySlice = (tasks: readonly TaskOutputs[]): ReadonlyMap<string, TaskOutputs> =>
  new Map(tasks.map((one) => [sliceName(one.task.slice), one]));

/** Outputs of which a slice has several files. */
const outputsThatAreTrees = (one: TaskOutputs | undefined): string[] => {
  const names = one?.outputs.map(({ output }) => output) ?? [];
  return names.filter((name, index) => names.indexOf(name) !== index);
};

/** An output by its name; a file of a tree with its path in it: `derivatives/sub-01.html`. */
const nameOf = ({ output, path }: DerivativeSummary, trees: ReadonlySet<string>): string =>
  // A path begins with `derivatives/<analysis>-<version>`.
  trees.has(output) ? `${output}/${path.split("/").slice(2).join("/")}` : output;

const sideOf = (one: TaskOutputs | undefined, output: string | null, trees: ReadonlySet<string>): Side => ({
  outcome: one === undefined ? null : outcomeOf(one.task),
  derivative: one?.outputs.find((made) => nameOf(made, trees) === output) ?? null,
});

const outcomeOf = ({ outcome, state }: TaskStatus): string => outcome ?? state;
