import { levels } from "@rollerblade/abids/levels";
import { functionForms } from "@rollerblade/query/function-forms";
import { type Command, Option } from "commander";
import { collect, conditions, downloading, examples, reading, wholeNumber } from "../command.ts";

const functionsHelp = `
Functions:
${functionForms.map((form) => `  ${form}`).join("\n")}`;

/** `query`: finds scans, and the sessions, subjects and datasets that hold them. */
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
        .option(
          "--limit <count>",
          "maximum number to print; by default 100, and everything where --output is neither table nor json",
          wholeNumber(1, 10_000_000),
        )
        .addOption(
          new Option("--output <format>", "the output format").choices([
            ...["table", "json", "jsonl", "csv", "tsv", "parquet", "paths"],
          ]),
        )
        .option(
          "--columns <fields>",
          "what to show of each item: fields or expressions, separated by commas; repeatable",
          collect,
        )
        .addOption(
          new Option(
            "--count-by <fields>",
            "count subjects, sessions and scans by the values of fields, separated by commas; repeatable",
          )
            .argParser(collect)
            .conflicts(["columns", "level", "explain"]),
        )
        .option("--explain", "show the SQL and the plan of the database instead"),
    ).action(async (expression, options) => (await import("../query/run-query.ts")).runQuery(expression, options)),
    `rollerblade query 'subject.age >= 20 && scan.suffix == "T1w" && "bold" in session.suffixes'`,
    "rollerblade query --suffix T1w --age 20..30 --lacks brain-mask --output paths",
    `rollerblade query 'metadata.RepetitionTime < 2.5' --level session --json`,
    "rollerblade query --level subject --columns subject.age,subject.sex,metadata.RepetitionTime --output tsv",
    "rollerblade query 'subject.sessions.size() >= 2' --count-by subject.sex,dataset.name",
  ).addHelpText("after", functionsHelp);
  examples(
    downloading(
      query
        .command("download")
        .description("Fetch all files that a query finds, as a BIDS tree in a folder for each dataset")
        .argument("<query>", "an expression, the name of a saved query, or NAME@PIN for exactly the files of a pin")
        .argument("<folder>")
        .addOption(
          new Option("--level <level>", "whole sessions, subjects or datasets with such a scan").choices(levels),
        )
        .option("--dataset <name>", "only in this dataset; repeatable", collect),
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
          .description("Save a query under a name")
          .argument("<name>")
          .argument("[expression]", "conditions; without it and without flags, everything", "")
          .addOption(new Option("--level <level>", "what one item of the result is").choices(levels).default("scan"))
          .option("--description <text>", "what the query is for"),
      ),
    ).action(async (name, expression, options) => (await saved()).saveQuery(name, expression, options)),
    `rollerblade query save adults 'subject.age >= 18' --suffix T1w --description "For the atlas"`,
  );
  examples(
    reading(query.command("list").description("List saved queries: yours, and those that were granted to you")).action(
      async (options) => (await saved()).listQueries(options),
    ),
    "rollerblade query list",
  );
  examples(
    reading(query.command("show").description("Show a saved query and its pins").argument("<name>")).action(
      async (name, options) => (await saved()).showQuery(name, options),
    ),
    "rollerblade query show adults",
  );
  examples(
    query
      .command("delete")
      .description("Delete a saved query with its pins, or one pin")
      .argument("<name>", "NAME or NAME@PIN")
      .action(async (name) => (await saved()).deleteQuery(name)),
    "rollerblade query delete adults@2026-05-01",
  );
  examples(
    reading(
      query
        .command("pin")
        .description("Pin the present result of a saved query, with the hashes of all files")
        .argument("<name>")
        .option("--as <pin>", "the name of the pin; today's date by default"),
    ).action(async (name, options) => (await saved()).pinQuery(name, options)),
    "rollerblade query pin adults --as submission",
    "rollerblade run brain-mask --query adults@submission",
  );
  examples(
    reading(
      query
        .command("diff")
        .description(
          "List slices that are added, removed or changed between two queries, and why; exit code 1 if there are any",
        )
        .argument("<from>", "an expression, NAME, or NAME@PIN")
        .argument("<to>", "another expression, NAME, or NAME@PIN")
        .addOption(new Option("--level <level>", "what is compared").choices(levels))
        .option("--limit <count>", "maximum number to print", wholeNumber(1, 1_000_000), 100),
    ).action(async (from, to, options) => (await import("../query/diff-queries.ts")).diffQueries(from, to, options)),
    "rollerblade query diff adults@submission adults",
  );
};
