import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "@rollerblade/errors";
import { matchesDataset, type PipelineDocument, parseDocument } from "@rollerblade/pipeline";
import { readDocument } from "../pipeline/read-document.ts";

/** What the demo works with, found in the examples. */
export type DemoPlan = {
  readonly dataset: string;
  /** Folder of the example dataset. */
  readonly data: string;
  /** Folders of the analyses that the document runs; each has the name of its analysis. */
  readonly analyses: readonly string[];
  readonly document: PipelineDocument;
};

/**
 * Reads what the demo needs from the folder of examples, before anything is started: its dataset, its analyses and its pipeline document.
 * @throws Problem `invalid` when the document is not for datasets of this name
 */
export const planDemo = async (examples: URL, dataset: string): Promise<DemoPlan> => {
  const folder = fileURLToPath(examples);
  const text = await readDocument(join(folder, "pipeline.yaml"));
  const document = parseDocument(text.name, text.source);
  if (!matchesDataset(document.datasets, dataset)) throw unspokenFor(dataset, document.datasets);
  const names = new Set(document.rules.map(({ run }) => run.analysis));
  const analyses = [...names].map((name) => join(folder, "analyses", name));
  return { dataset, data: join(folder, "datasets", "colin-mini"), analyses, document };
};

const unspokenFor = (dataset: string, patterns: readonly string[]): Problem =>
  new Problem({
    code: "invalid",
    message: `The example pipeline does not apply to a dataset named "${dataset}".`,
    subject: "--dataset",
    next: `Choose a name like ${patterns.join(" or ")}, for example colin-mini-again.`,
  });
