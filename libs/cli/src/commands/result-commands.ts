import { type Command, Option } from "commander";
import { examples, reading, wholeNumber } from "../command.ts";

/** Adds `results`, `derivatives …` and `open`: what was made, and what is shown of it. */
export const resultCommands = (program: Command): void => {
  examples(
    reading(
      program
        .command("results")
        .description("Print tagged results as a front end shows them, with links in --json")
        .option("--dataset <name>", "only of this dataset")
        .option("--subject <label>", "only of this person")
        .option("--session <label>", "only of this session")
        .option("--tag <name>", "only this tag")
        .addOption(
          new Option("--level <level>", "only about slices of this level").choices([
            "scan",
            "session",
            "subject",
            "dataset",
          ]),
        ),
    ).action(async (options) => (await import("../results/list-results.ts")).listResults(options)),
    "rollerblade results --dataset colin-mini --subject 01",
  );
  const derivatives = program.command("derivatives").description("Files that analyses made");
  const choice = (command: Command): Command =>
    reading(command)
      .option("--dataset <name>", "of this dataset")
      .option("--subject <label>", "of this person")
      .option("--session <label>", "of this session")
      .option("--analysis <analysis>", "made by NAME, or by NAME@VERSION alone")
      .option("--output <name>", "this output of the analysis")
      .option("--outdated", "only those whose sources have changed since");
  examples(
    choice(derivatives.command("list").description("List derivatives in force, by dataset and path"))
      .option("--limit <count>", "maximum number to print", wholeNumber(1, 1_000_000), 100)
      .action(async (options) => (await import("../derivatives/list-derivatives.ts")).listDerivatives(options)),
    "rollerblade derivatives list --dataset colin-mini --analysis brain-mask@1.0.0",
  );
  examples(
    choice(
      derivatives
        .command("delete")
        .description("Delete derivatives with what was made from them, so that they are computed anew")
        .argument("[derivative...]", "ids, or their beginnings; without any, all that the flags select"),
    )
      .option("--reason <text>", "why; it stays with what was withdrawn")
      .option("--yes", "do not ask")
      .action(async (ids, options) =>
        (await import("../derivatives/delete-derivatives.ts")).deleteDerivatives(ids, options),
      ),
    'rollerblade derivatives delete 0192f0c1 --reason "wrong threshold"',
    "rollerblade derivatives delete --analysis brain-mask@1.0.0 --subject 01 --yes",
  );
  examples(
    program
      .command("open")
      .description("Fetch a derivative and open it with this machine's program for such files")
      .argument("<derivative>", "its id, or the beginning of it")
      .option("--print", "only print where the file is")
      .action(async (id, options) => (await import("../derivatives/open-file.ts")).openFile(id, options)),
    "rollerblade open 0192f0c1",
  );
};
