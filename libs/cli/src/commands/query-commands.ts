import { type Command, Option } from "commander";
import { collect, examples, reading, wholeNumber } from "../command.ts";

/** `query`: finds scans by what they are and whom they show. */
export const queryCommands = (program: Command): void => {
  examples(
    reading(
      program
        .command("query")
        .description("Find scans, sessions, subjects or datasets")
        .argument(
          "[expression]",
          "conditions on dataset, subject, session, scan and metadata; without it, everything",
          "",
        )
        .addOption(
          new Option("--level <level>", "what one item of the result is")
            .choices(["scan", "session", "subject", "dataset"])
            .default("scan"),
        )
        .option("--dataset <name>", "look into this one only; may come more than once", collect)
        .option("--limit <count>", "how many at most", wholeNumber(1, 10_000_000), 100)
        .option("--download <folder>", "fetch all files of what is found, as a BIDS tree a dataset")
        .option("--derivatives", "with --download: also what was derived"),
    ).action(async (expression, options) => (await import("../query/run-query.ts")).runQuery(expression, options)),
    `rollerblade query 'subject.age >= 20 && scan.suffix == "T1w"'`,
    `rollerblade query 'scan.suffix == "T1w"' --download ./found`,
    `rollerblade query 'metadata.RepetitionTime < 2.5' --level session --json`,
  );
};
