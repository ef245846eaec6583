import type { Command } from "commander";
import { examples, reading } from "../command.ts";

/** `dataset …`, `subject …`: what data there is. */
export const datasetCommands = (program: Command): void => {
  const dataset = program.command("dataset").description("BIDS datasets");
  examples(
    reading(dataset.command("list").description("Datasets, by name")).action(async (options) =>
      (await import("../dataset/list-datasets.ts")).listDatasets(options),
    ),
    "rollerblade dataset list",
  );
  examples(
    reading(dataset.command("show").description("A dataset with its statistics").argument("<name>")).action(
      async (name, options) => (await import("../dataset/list-datasets.ts")).showDataset(name, options),
    ),
    "rollerblade dataset show colin-mini --json",
  );
  examples(
    reading(
      dataset
        .command("delete")
        .description("Delete a dataset with everything derived from it")
        .argument("<name>")
        .option("--yes", "do not ask"),
    ).action(async (name, options) => (await import("../dataset/delete-data.ts")).deleteDataset(name, options)),
    "rollerblade dataset delete colin-mini --yes",
  );
  const subject = program.command("subject").description("The people of a dataset");
  examples(
    reading(
      subject
        .command("delete")
        .description("Delete a subject with everything derived from it")
        .argument("<dataset>")
        .argument("<subject>", "its label, with or without sub-")
        .option("--yes", "do not ask"),
    ).action(async (name, label, options) =>
      (await import("../dataset/delete-data.ts")).deleteSubject(name, label, options),
    ),
    "rollerblade subject delete colin-mini sub-01 --yes",
  );
};
