import { type Command, Option } from "commander";
import { examples, reading } from "../command.ts";

/** `analysis …`: versioned containers and programs that make derivatives. */
export const analysisCommands = (program: Command): void => {
  const analysis = program.command("analysis").description("Analyses: what can be run");
  examples(
    reading(
      analysis
        .command("create")
        .description("Create a version from its manifest; the same content again changes nothing")
        .argument("<path>", "analysis.yaml, or the folder that holds it")
        .addOption(
          new Option("--executor <kind>", "which one, where the manifest offers both").choices(["process", "docker"]),
        ),
    ).action(async (path, options) => (await import("../analysis/create-analysis.ts")).createAnalysis(path, options)),
    "rollerblade analysis create examples/analyses/brain-mask",
  );
  examples(
    reading(analysis.command("list").description("All versions, by name")).action(async (options) =>
      (await import("../analysis/list-analyses.ts")).listAnalyses(options),
    ),
    "rollerblade analysis list",
  );
  examples(
    reading(
      analysis
        .command("show")
        .description("One version: its manifest with all defaults")
        .argument("<name>")
        .option("--version <range>", "the highest version in this range", "*"),
    ).action(async (name, options) => (await import("../analysis/list-analyses.ts")).showAnalysis(name, options)),
    "rollerblade analysis show brain-mask --version '^1'",
  );
};
