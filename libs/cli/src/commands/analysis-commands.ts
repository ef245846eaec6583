import { type Command, Option } from "commander";
import { collect, conditions, examples, reading, wholeNumber } from "../command.ts";

/** `analysis …`: versioned containers and programs that make derivatives. */
export const analysisCommands = (program: Command): void => {
  const analysis = program.command("analysis").description("Analyses that can be run");
  examples(
    analysis
      .command("init")
      .description("Write a folder with a small analysis to begin from, which runs at once")
      .argument("<name>", "what it is called: small letters, digits and hyphens")
      .addOption(new Option("--python", "in Python, with packages that requirements.txt pins (the default)"))
      .addOption(new Option("--node", "in JavaScript, without packages").conflicts("python"))
      .action(async (name, options) => (await import("../analysis/init-analysis.ts")).initAnalysis(name, options)),
    "rollerblade analysis init head-size --python",
  );
  examples(
    reading(
      analysis
        .command("create")
        .description("Create a version from its manifest; repeating it with the same content changes nothing")
        .argument("<path>", "analysis.yaml, or the folder that holds it")
        .addOption(
          new Option("--executor <kind>", "which executor to use if the manifest offers both").choices([
            "process",
            "docker",
          ]),
        ),
    ).action(async (path, options) => (await import("../analysis/create-analysis.ts")).createAnalysis(path, options)),
    "rollerblade analysis create examples/analyses/brain-mask",
  );
  const imports = analysis
    .command("import")
    .description("Make a manifest, for a person to read, from a description of a program in another format");
  examples(
    imports
      .command("boutiques")
      .description("From a descriptor of Boutiques or nipoppy; whatever had to be guessed is marked")
      .argument("<file>", "the descriptor, in JSON")
      .option("--image <image>", "the container image that holds the program")
      .option("--invocation <file>", "values of its inputs, which become defaults")
      .option("--tracker <file>", "nipoppy's list of the files that a finished run has")
      .option("--out <file>", "where to write it (default: to the terminal)")
      .action(async (file, options) =>
        (await import("../analysis/import-analysis.ts")).importDescriptor(file, options),
      ),
    "rollerblade analysis import boutiques descriptor.json --tracker tracker.json --out analysis.yaml",
  );
  examples(
    imports
      .command("bids-app")
      .description("From the image of a BIDS App, by the arguments that every app takes")
      .argument("<image>", "the container image")
      .option("--group", "its group level, which finds what the participant level wrote")
      .option("--out <file>", "where to write it (default: to the terminal)")
      .action(async (image, options) => (await import("../analysis/import-analysis.ts")).importApp(image, options)),
    "rollerblade analysis import bids-app nipreps/mriqc:24.0.2 --out analysis.yaml",
  );
  const trial = (command: Command): Command =>
    conditions(
      command
        .argument("<path>", "analysis.yaml, or the folder that holds it")
        .option("--query <expression>", "which scans it is tried on, as in `run`; the first that it applies to", ""),
    )
      .option("--param <name=value>", "a parameter, as in `run`; repeatable", collect)
      .option("--asset <name=folder>", "where an asset of the manifest lies on this machine; repeatable", collect)
      .option("--keep <folder>", "where inputs and outputs are kept; by default .rollerblade/try/NAME");
  examples(
    reading(
      trial(
        analysis
          .command("try")
          .description(
            "Run the folder as it is on the first slices of a query, without a version, and publish nothing",
          ),
      )
        .option("--limit <count>", "number of slices", wholeNumber(1, 1_000), 1)
        .option("--watch", "run it again whenever a file of the folder changes"),
    ).action(async (path, options) => (await import("../analysis/trial/try-analysis.ts")).tryAnalysis(path, options)),
    "rollerblade analysis try my-analysis --dataset colin-mini --subject 01 --watch",
  );
  examples(
    trial(
      analysis
        .command("shell")
        .description("Open a shell with the inputs and the environment that one slice would have"),
    ).action(async (path, options) => (await import("../analysis/trial/open-shell.ts")).openShell(path, options)),
    "rollerblade analysis shell my-analysis",
  );
  examples(
    reading(analysis.command("list").description("List all versions, by name")).action(async (options) =>
      (await import("../analysis/list-analyses.ts")).listAnalyses(options),
    ),
    "rollerblade analysis list",
  );
  examples(
    reading(
      analysis
        .command("show")
        .description("Show the manifest of a version, with all defaults")
        .argument("<name>")
        .option("--version <range>", "the highest version in this range", "*"),
    ).action(async (name, options) => (await import("../analysis/list-analyses.ts")).showAnalysis(name, options)),
    "rollerblade analysis show brain-mask --version '^1'",
  );
};
