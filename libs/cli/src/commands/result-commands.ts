import { type Command, Option } from "commander";
import { examples, reading } from "../command.ts";

/** `results`: what is shown of what was made. */
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
};
