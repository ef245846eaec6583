import { type Command, Option } from "commander";
import { collect, downloading, examples, reading, wholeNumber } from "../command.ts";

const levels = ["scan", "session", "subject", "dataset"] as const;

/** `query`: finds scans by what they are and whom they show. */
export const queryCommands = (program: Command): void => {
  const query = program.command("query");
  examples(
    reading(
      query
        .enablePositionalOptions()
        .description("Find scans, sessions, subjects or datasets")
        .argument(
          "[expression]",
          "conditions on dataset, subject, session, scan and metadata; without it, everything",
          "",
        )
        .addOption(new Option("--level <level>", "what one item of the result is").choices(levels).default("scan"))
        .option("--dataset <name>", "look into this one only; may come more than once", collect)
        .option("--limit <count>", "how many at most", wholeNumber(1, 10_000_000), 100),
    ).action(async (expression, options) => (await import("../query/run-query.ts")).runQuery(expression, options)),
    `rollerblade query 'subject.age >= 20 && scan.suffix == "T1w"'`,
    `rollerblade query 'metadata.RepetitionTime < 2.5' --level session --json`,
  );
  examples(
    downloading(
      query
        .command("download")
        .description("Fetch all files of what a query finds, as a BIDS tree in a folder for each dataset")
        .argument("<query>", "an expression, or the name of a saved query")
        .argument("<folder>")
        .addOption(
          new Option("--level <level>", "whole sessions, subjects or datasets with such a scan").choices(levels),
        )
        .option("--dataset <name>", "look into this one only; may come more than once", collect),
    ).action(async (what, folder, options) =>
      (await import("../query/download-query.ts")).downloadQuery(what, folder, options),
    ),
    `rollerblade query download 'subject.age >= 20 && scan.suffix == "T1w"' ./found`,
    "rollerblade query download adults ./found --level subject --derivatives",
  );
};
