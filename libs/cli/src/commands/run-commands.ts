import { type Command, Option } from "commander";
import { collect, conditions, examples, memory, reading, wholeNumber } from "../command.ts";

/** `run` and `runs …`: an analysis over the slices of a query. */
export const runCommands = (program: Command): void => {
  examples(
    reading(
      conditions(
        program
          .command("run")
          .description("Run an analysis over every slice of a query")
          .argument("<analysis>", "NAME or NAME@RANGE")
          .option(
            "--query <expression>",
            "which scans: an expression, a saved query, or NAME@PIN; by default everything that you may read",
            "",
          ),
      )
        .option(
          "--param <name=value>",
          "a parameter, read by the schema of the analysis (NAME:=JSON gives JSON); repeatable",
          collect,
        )
        .option(
          "--input <name=analysis@range>",
          "which version of another analysis an input takes; repeatable; by default the highest",
          collect,
        )
        .option(
          "--input-param <name.parameter=value>",
          "a parameter of the analysis whose output an input takes; repeatable; by default its defaults",
          collect,
        )
        .addOption(
          new Option("--priority <priority>", "interactive runs go first")
            .choices(["interactive", "backfill"])
            .default("interactive"),
        )
        .option("--limit <count>", "maximum number of slices, to try it on a few", wholeNumber(1, 1_000_000))
        .option("--force", "compute again even where results exist, in place or in the cache")
        .option("--no-stop-early", "go on even when the first slices all fail with the same message")
        .option("--follow", "show its progress until it is finished")
        .option("--plan", "print what is in place, cached or to be computed, and start nothing"),
    ).action(async (analysis, options) => (await import("../runs/start-run.ts")).startRun(analysis, options)),
    `rollerblade run brain-mask --query 'scan.suffix == "T1w" && subject.age >= 18' --param fraction=0.4 --follow`,
  );
  const runs = program.command("runs").description("Runs of analyses and their outcomes");
  examples(
    reading(
      runs
        .command("list")
        .description("List runs, newest first")
        .option("--limit <count>", "maximum number to print", wholeNumber(1, 100_000), 20)
        .addOption(new Option("--state <state>", "only runs in this state").choices(["collecting", "open", "finished"]))
        .option("--analysis <name>", "only runs of this analysis"),
    ).action(async (options) => (await import("../runs/list-runs.ts")).listRuns(options)),
    "rollerblade runs list --state open",
  );
  examples(
    reading(
      runs
        .command("show")
        .description("Show the progress of a run and the outcome of each slice")
        .argument("<run>")
        .option("--limit <count>", "maximum number of tasks to print", wholeNumber(1, 1_000_000), 50)
        .option("--outputs", "also list every output with its id"),
    ).action(async (run, options) => (await import("../runs/show-run.ts")).showRun(run, options)),
    "rollerblade runs show 0192f0c1-…",
  );
  examples(
    reading(
      runs
        .command("download")
        .description("Fetch the outputs of a run, each dataset into a folder of its own name")
        .argument("<run>")
        .argument("<folder>")
        .option("--force", "replace files that no earlier download wrote"),
    ).action(async (run, folder, options) =>
      (await import("../runs/download-run.ts")).downloadRun(run, folder, options),
    ),
    "rollerblade runs download 0192f0c1 ./masks",
  );
  examples(
    reading(
      runs
        .command("compare")
        .description("List outputs that differ between two runs, slice by slice; exit code 1 if there are any")
        .argument("<run>")
        .argument("<other>"),
    ).action(async (run, other, options) => (await import("../runs/compare-runs.ts")).compareRuns(run, other, options)),
    "rollerblade runs compare 0192f0c1 0192f0d4",
  );
  examples(
    reading(
      runs
        .command("log")
        .description("Print the output of every attempt at a task")
        .argument("<task>")
        .option("--follow", "print it as it comes, until the task is finished"),
    ).action(async (task, { follow, ...options }) =>
      follow === true
        ? (await import("../runs/follow-log.ts")).followTaskLog(task)
        : (await import("../runs/show-log.ts")).showTaskLog(task, options),
    ),
    "rollerblade runs log 0192f0c2-… --follow",
  );
  examples(
    reading(runs.command("cancel").description("Cancel the unfinished tasks of a run").argument("<run>")).action(
      async (run, options) => (await import("../runs/change-run.ts")).cancelRun(run, options),
    ),
    "rollerblade runs cancel 0192f0c1-…",
  );
  examples(
    reading(
      runs
        .command("retry")
        .description("Retry the failed and cancelled tasks of a run, or only those that failed for one cause")
        .argument("<run>")
        .option("--like <task>", "only tasks that failed for the same cause as this one")
        .option(
          "--memory <quantity>",
          "memory of the attempts, such as 16Gi, where that is more than the analysis asks for",
          memory,
        )
        .option("--follow", "show its progress until it is finished"),
    ).action(async (run, options) => (await import("../runs/change-run.ts")).retryRun(run, options)),
    "rollerblade runs retry 0192f0c1-… --follow",
    "rollerblade runs retry 0192f0c1-… --like 0192f0c2-… --memory 16Gi",
  );
};
