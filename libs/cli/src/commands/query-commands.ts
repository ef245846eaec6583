import { levels } from "@rollerblade/abids/levels";
import { type Command, Option } from "commander";
import { collect, downloading, examples, reading, wholeNumber } from "../command.ts";

/** Flags for what is asked most. */
const conditions = (command: Command): Command =>
  command
    .option("--dataset <name>", "look into this one; like all of these, it may come more than once", collect)
    .option("--subject <label>", "of this subject", collect)
    .option("--session <label>", "of this session", collect)
    .option("--suffix <suffix>", "scans of this kind: T1w, bold, dwi", collect)
    .option("--datatype <datatype>", "of this datatype: anat, func", collect)
    .option("--task <label>", "of this task", collect)
    .option("--run <label>", "of this run", collect)
    .option("--acq <label>", "of this acquisition", collect)
    .option("--sex <sex>", "of subjects of this sex, as participants.tsv has it", collect)
    .option("--age <years>", "at an age like 20..30, 20.., ..30 or 25")
    .option("--has <analysis>", "with a derivative, like brain-mask or brain-mask@1.2", collect)
    .option("--lacks <analysis>", "without such a derivative", collect);

/** `query`: finds scans by what they are and whom they show. */
export const queryCommands = (program: Command): void => {
  const query = program.command("query");
  examples(
    reading(
      conditions(
        query
          .enablePositionalOptions()
          .description("Find files, scans, sessions, subjects or datasets")
          .argument("[expression]", "conditions, a saved query, or NAME@PIN; without it, everything", "")
          .addOption(
            new Option("--level <level>", "what one item of the result is: scan, or the saved query's level").choices([
              "file",
              ...levels,
            ]),
          ),
      )
        .option("--limit <count>", "how many at most: 100, or everything as csv or paths", wholeNumber(1, 10_000_000))
        .addOption(new Option("--output <format>", "how it is written").choices(["table", "json", "csv", "paths"]))
        .option("--explain", "show the SQL and the plan of the database instead"),
    ).action(async (expression, options) => (await import("../query/run-query.ts")).runQuery(expression, options)),
    `rollerblade query 'subject.age >= 20 && scan.suffix == "T1w" && "bold" in session.suffixes'`,
    "rollerblade query --suffix T1w --age 20..30 --lacks brain-mask --output paths",
    `rollerblade query 'metadata.RepetitionTime < 2.5' --level session --json`,
  );
  examples(
    downloading(
      query
        .command("download")
        .description("Fetch all files of what a query finds, as a BIDS tree in a folder for each dataset")
        .argument("<query>", "an expression, the name of a saved query, or NAME@PIN for exactly the files of a pin")
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
  savedQueryCommands(query);
};

/** `query save | list | show | delete | pin | diff`. */
const savedQueryCommands = (query: Command): void => {
  const saved = () => import("../query/saved-queries.ts");
  examples(
    reading(
      conditions(
        query
          .command("save")
          .description("Give a query a name")
          .argument("<name>")
          .argument("[expression]", "conditions; without it and without flags, everything", "")
          .addOption(new Option("--level <level>", "what one item of the result is").choices(levels).default("scan"))
          .option("--description <text>", "what it is good for"),
      ),
    ).action(async (name, expression, options) => (await saved()).saveQuery(name, expression, options)),
    `rollerblade query save adults 'subject.age >= 18' --suffix T1w --description "For the atlas"`,
  );
  examples(
    reading(query.command("list").description("Saved queries: yours, and those that were granted to you")).action(
      async (options) => (await saved()).listQueries(options),
    ),
    "rollerblade query list",
  );
  examples(
    reading(query.command("show").description("A saved query and its pins").argument("<name>")).action(
      async (name, options) => (await saved()).showQuery(name, options),
    ),
    "rollerblade query show adults",
  );
  examples(
    query
      .command("delete")
      .description("Forget a saved query with its pins, or one pin")
      .argument("<name>", "NAME or NAME@PIN")
      .action(async (name) => (await saved()).deleteQuery(name)),
    "rollerblade query delete adults@2026-05-01",
  );
  examples(
    reading(
      query
        .command("pin")
        .description("Keep exactly what a saved query finds now, with the hashes of all files")
        .argument("<name>")
        .option("--as <pin>", "what the pin is called; today's date, if nothing is said"),
    ).action(async (name, options) => (await saved()).pinQuery(name, options)),
    "rollerblade query pin adults --as submission",
    "rollerblade run brain-mask --query adults@submission",
  );
  examples(
    reading(
      query
        .command("diff")
        .description("Which slices come, go or change from one query to another, and why; exit code 1 where any do")
        .argument("<from>", "an expression, NAME, or NAME@PIN")
        .argument("<to>", "another one")
        .addOption(new Option("--level <level>", "what is compared").choices(levels))
        .option("--limit <count>", "how many at most", wholeNumber(1, 1_000_000), 100),
    ).action(async (from, to, options) => (await import("../query/diff-queries.ts")).diffQueries(from, to, options)),
    "rollerblade query diff adults@submission adults",
  );
};
