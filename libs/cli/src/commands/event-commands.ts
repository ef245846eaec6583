import type { Command } from "commander";
import { collect, examples, reading, wholeNumber } from "../command.ts";

/** `status`, `events tail`, `dead-letters …`: for whoever runs Rollerblade. */
export const eventCommands = (program: Command): void => {
  examples(
    reading(program.command("status").description("State of the services, and how many messages wait")).action(
      async (options) => (await import("../status/show-status.ts")).showStatus(options),
    ),
    "rollerblade status",
  );
  const events = program.command("events").description("Events of the services");
  examples(
    reading(
      events
        .command("tail")
        .description("Show events as they happen, until Ctrl-C; with --json one document a line")
        .option("--topic <topic>", "only events of this topic, such as scan.indexed; repeatable", collect)
        .option("--dataset <name>", "only events about this dataset")
        .option("--count <count>", "stop after this many events", wholeNumber(1, 1_000_000_000)),
    ).action(async (options) => (await import("../events/tail-events.ts")).tailEvents(options)),
    "rollerblade events tail --topic derivative.indexed --dataset colin-mini",
  );
  examples(
    reading(
      events
        .command("add-team")
        .description("Make a NATS user for another team, and print its address; the seed in it is shown only once")
        .argument("<team>", "name of the team, and of its user in accounts")
        .option("--publish <topic>", "a topic that it may publish, such as scan.uploaded; repeatable", collect)
        .option("--subscribe <topic>", "a topic that it may read; repeatable", collect)
        .option("--dataset <name>", "only about this dataset; repeatable", collect),
    ).action(async (team, options) => (await import("../events/add-team.ts")).addTeam(team, options)),
    "rollerblade events add-team imaging --publish scan.uploaded --subscribe scan.indexed --dataset ds001",
  );
  const letters = program.command("dead-letters").description("Events that could not be handled");
  examples(
    reading(
      letters
        .command("list")
        .description("List dead letters, oldest first")
        .option("--limit <count>", "maximum number to print", wholeNumber(1, 1_000_000), 100)
        .option("--grouped", "by consumer and cause, the most frequent first"),
    ).action(async ({ grouped, ...options }) => {
      const letters = await import("../events/dead-letters.ts");
      return grouped === true ? letters.groupDeadLetters(options) : letters.listDeadLetters(options);
    }),
    "rollerblade dead-letters list --grouped",
  );
  examples(
    reading(
      letters.command("show").description("Show a dead letter with its reason and stack").argument("<id>"),
    ).action(async (id, options) => (await import("../events/dead-letters.ts")).showDeadLetter(id, options)),
    "rollerblade dead-letters show catalog.0192f0c1-…",
  );
  examples(
    letters
      .command("replay")
      .description("Deliver dead letters again to the consumer that failed to handle them")
      .argument("<id...>")
      .option("--like", "also all that the same consumer gave up for the same cause")
      .option("--dry-run", "only count them")
      .action(async (ids, options) => (await import("../events/dead-letters.ts")).replayDeadLetters(ids, options)),
    "rollerblade dead-letters replay catalog.0192f0c1-…",
    "rollerblade dead-letters replay catalog.0192f0c1-… --like --dry-run",
  );
  examples(
    letters
      .command("discard")
      .description("Discard a dead letter: its event will not be handled")
      .argument("<id>")
      .requiredOption("--reason <text>", "why; it is kept in the log of the gateway")
      .option("--like", "also all that the same consumer gave up for the same cause")
      .option("--dry-run", "only count them")
      .action(async (id, options) => (await import("../events/dead-letters.ts")).discardDeadLetters(id, options)),
    "rollerblade dead-letters discard catalog.0192f0c1-… --reason 'The scan is deleted.'",
  );
};
