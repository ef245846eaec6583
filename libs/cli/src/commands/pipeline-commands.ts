import type { Command } from "commander";
import { examples, reading } from "../command.ts";

/** `pipeline …`: the document that decides what runs next and what is shown. */
export const pipelineCommands = (program: Command): void => {
  const pipeline = program.command("pipeline").description("What runs next, and what the front end shows");
  const name = ["--name <name>", "the name of the document (default: that of its file)"] as const;
  examples(
    reading(
      pipeline
        .command("check")
        .description("Check the text of a document without a server")
        .argument("<file>")
        .option(...name),
    ).action(async (file, options) => (await import("../pipeline/check-pipeline.ts")).checkPipeline(file, options)),
    "rollerblade pipeline check examples/pipeline.yaml",
  );
  examples(
    reading(
      pipeline
        .command("plan")
        .description("Show what applying a document would start, and how it differs from the one in force")
        .argument("<file>")
        .option(...name),
    ).action(async (file, options) => (await import("../pipeline/plan-pipeline.ts")).planPipeline(file, options)),
    "rollerblade pipeline plan examples/pipeline.yaml",
  );
  examples(
    reading(
      pipeline
        .command("apply")
        .description("Put a document in force: versions are chosen anew, every slice is evaluated again")
        .argument("<file>")
        .option(...name)
        .option("--follow", "show the progress until nothing is left to do"),
    ).action(async (file, options) => (await import("../pipeline/apply-pipeline.ts")).applyPipeline(file, options)),
    "rollerblade pipeline apply examples/pipeline.yaml --follow",
  );
  examples(
    reading(
      pipeline
        .command("show")
        .description("List the documents in force, or show one with the progress of its rules")
        .argument("[name]")
        .option("--source", "print its text as it was applied"),
    ).action(async (document, options) =>
      (await import("../pipeline/show-pipeline.ts")).showPipeline(document, options),
    ),
    "rollerblade pipeline show pipeline",
  );
  examples(
    reading(
      pipeline
        .command("explain")
        .description("Explain why each rule did or did not run")
        .requiredOption("--subject <label>", "the person")
        .option("--session <label>", "only this session")
        .option("--scan <path>", "only this scan, by the path of its data file")
        .option("--dataset <name>", "the dataset, where there is more than one"),
    ).action(async (options) => (await import("../pipeline/explain.ts")).explain(options)),
    "rollerblade pipeline explain --subject 01",
  );
  examples(
    reading(
      pipeline
        .command("retry")
        .description("Retry the failed and cancelled slices of a document")
        .argument("<name>")
        .option("--rule <rule>", "only this rule")
        .option("--dataset <name>", "only this dataset"),
    ).action(async (document, options) =>
      (await import("../pipeline/change-pipeline.ts")).retryPipeline(document, options),
    ),
    "rollerblade pipeline retry pipeline --rule mask-every-t1w",
  );
  examples(
    pipeline
      .command("remove")
      .description("Take a document out of force; its results stay")
      .argument("<name>")
      .action(async (document) => (await import("../pipeline/change-pipeline.ts")).removePipeline(document)),
    "rollerblade pipeline remove pipeline",
  );
};
