import { Argument, type Command } from "commander";
import { examples, reading } from "../command.ts";
import { shells } from "../completion/shells.ts";

/** `fields`, and the completion of commands and fields in the shell. */
export const fieldCommands = (program: Command): void => {
  examples(
    reading(
      program
        .command("fields")
        .description("List the fields for queries: type, unit, number of values, range, description")
        .argument("[prefix]", "only fields whose names begin with this", "")
        .option("--dataset <name>", "of this dataset only"),
    ).action(async (prefix, options) => (await import("../fields/list-fields.ts")).listFields(prefix, options)),
    "rollerblade fields metadata.Echo",
  );
  examples(
    program
      .command("completion")
      .description("Print the script with which a shell completes commands, options and fields")
      .addArgument(new Argument("<shell>").choices(shells))
      .action(async (shell) => (await import("../completion/print-completion.ts")).printScript(shell)),
    "source <(rollerblade completion bash)",
    "rollerblade completion fish > ~/.config/fish/completions/rollerblade.fish",
  );
  examples(
    program
      .command("complete", { hidden: true })
      .description("Print completions of the last word, for the shell")
      .argument("[words...]")
      .action(async (words) => (await import("../completion/print-completion.ts")).printCompletions(program, words)),
    "rollerblade complete -- query subject.",
  );
};
