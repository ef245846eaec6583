import type { DerivativeLock, Manifest } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { findHighest } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";

/**
 * What the derivatives are that a person's run builds on: of each analysis the highest version that exists and that the
 * manifest allows, with its default parameters. So a run means the same from its first slice to its last.
 * @throws Problem `not-found` when no such version exists
 */
export const lockInputs = async ({ sql }: Scheduler, { name, inputs }: Manifest): Promise<DerivativeLock[]> => {
  const locks: DerivativeLock[] = [];
  for (const input of inputs) {
    if (input.kind !== "derivative") continue;
    const found = await findHighest(sql, input.analysis, input.version);
    if (found === undefined) throw missing(name, input);
    locks.push({ analysis: input.analysis, version: found.version, parametersHash: "" });
  }
  return locks;
};

const missing = (
  name: string,
  input: { readonly name: string; readonly analysis: string; readonly version: string },
): Problem =>
  new Problem({
    code: "not-found",
    message: `${name} needs ${input.analysis} ${input.version} for its input "${input.name}", and there is none.`,
    subject: input.analysis,
    next: `Create it with \`rollerblade analysis create\`, and run it first.`,
  });
