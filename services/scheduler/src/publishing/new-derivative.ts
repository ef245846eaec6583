import { referenceKey } from "@rollerblade/abids/bucket-layout";
import type { Manifest } from "@rollerblade/analysis";
import { derivativeFolder, sourcesOf } from "@rollerblade/analysis";
import { areManySources, derivativeFactsToMessage, type MessageInitOf, withSourcesIn } from "@rollerblade/events";
import type { DerivativeRow } from "../tables.gen.ts";
import type { Publication } from "./claim-publications.ts";
import type { PublishFile } from "./publish-file.ts";

/** A derivative that has just been published, as its row. */
export type NewDerivative = Omit<DerivativeRow, "createdAt">;

/** Makes the row of a derivative from the task, the analysis and the file that it was published as. */
export const newDerivative = (
  task: Publication,
  { manifest, code }: { readonly manifest: Manifest; readonly code: string },
  file: PublishFile,
): NewDerivative => ({
  id: file.derivative,
  dataset: task.dataset,
  path: file.name.path,
  folder: derivativeFolder(manifest, task.parametersHash).slice("derivatives/".length),
  sidecar: file.name.sidecar,
  analysis: task.analysis,
  version: task.version,
  parametersHash: task.parametersHash,
  output: file.output,
  key: task.key,
  execution: task.execution ?? "",
  task: task.id,
  slice: task.slice,
  entities: file.name.entities,
  datatype: file.name.datatype,
  suffix: file.name.suffix,
  extension: file.name.extension,
  size: file.size,
  sha256: file.sha256,
  sources: task.requested === null ? [] : [...sourcesOf(task.requested)],
  parameters: task.parameters,
  metadata: file.metadata ?? null,
  code,
  sequence: task.sequence,
  state: file.takesName ? "in-force" : "archived",
});

/**
 * Builds the message of `derivative.created`. Consumers order derivatives of one name by their sequence; one that never held its name
 * gets 0, which is older than all that did. Thousands of sources go into an object of their own (see `keepSources`), since a message
 * has a limit.
 * @param decision of the router; null for a person's run
 */
export const derivativeCreated = (
  { sequence, state, task, ...facts }: NewDerivative,
  decision: string | null,
): MessageInitOf<"derivative.created"> => {
  const inForce = state === "in-force";
  const derivative = derivativeFactsToMessage({ ...facts, revision: 1 }, inForce ? sequence : 0);
  return {
    derivative: areManySources(facts.sources) ? withSourcesIn(derivative, referenceKey(task)) : derivative,
    task,
    ...(decision !== null && { decision }),
    inForce,
  };
};
