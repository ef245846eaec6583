import type { Command } from "commander";
import { examples, reading, wholeNumber } from "../command.ts";
import type { Installation } from "../installation.ts";
import { usualPort } from "../server/free-port.ts";

/** `demo`, `up`, `console`, `serve`, `migrate`, `doctor`: what runs Rollerblade, and shows it. */
export const serverCommands = (program: Command, { services, schemas, examples: folder }: Installation): void => {
  examples(
    reading(
      program
        .command("demo")
        .description("Import the example dataset, run the example pipeline over it, and show its results")
        .option("--dataset <name>", "the name of the dataset", "colin-mini")
        .option("--keep", "keep the server running afterwards, until Ctrl-C"),
    ).action(async (options) => (await import("../demo/run-demo.ts")).runDemo(services, folder, options)),
    "rollerblade demo",
    "rollerblade demo --json | jq .brainVolumes",
  );
  examples(
    program
      .command("up")
      .description(
        "Run everything on this machine: PostgreSQL, NATS, a folder for objects and all services, until Ctrl-C",
      )
      .option("--port <port>", "the port to listen on; 0 for any free port", wholeNumber(0, 65_535), usualPort)
      .option(
        "--host <address>",
        "the address to listen on; other than loopback only with ROLLERBLADE_ALLOW_PLAIN_HTTP=1",
        "127.0.0.1",
      )
      .option("--open", "open its console in a browser")
      .option("--verbose", "log to standard error and not to a file")
      .action(async (options) => (await import("../server/run-up.ts")).runUp(services, options)),
    "rollerblade up --open",
    "rollerblade up --port 8080",
  );
  examples(
    program
      .command("console")
      .description("Open the console in a browser, signed in as you")
      .option("--print", "print the link instead; it can be used once, within ten minutes")
      .action(async (options) => (await import("../server/open-console.ts")).openConsole(options)),
    "rollerblade console",
    "rollerblade --profile scans.example.org console --print",
  );
  examples(
    program
      .command("serve")
      .description("Run single services against the servers that the environment names")
      .argument("<service...>", Object.keys(services).join(", "))
      .action(async (names) => (await import("../server/run-serve.ts")).runServe(services, names)),
    "ROLLERBLADE_DATABASE_URL=… ROLLERBLADE_NATS_URL=… rollerblade serve scheduler",
  );
  examples(
    reading(
      program
        .command("migrate")
        .description(
          "Bring the tables of all services up to date, and the streams of NATS if the environment names a server",
        )
        .option("--wait", "only wait until another process has done so"),
    ).action(async (options) => (await import("../server/run-migrate.ts")).runMigrate(schemas, options)),
    "ROLLERBLADE_DATABASE_URL=postgres://… ROLLERBLADE_NATS_URL=nats://… rollerblade migrate",
    "rollerblade migrate --wait && rollerblade serve catalog",
  );
  examples(
    reading(
      program
        .command("doctor")
        .description("Check everything that the services need; print what is wrong and how to fix it")
        .option("--no-pods", "in a cluster: do not start a Pod to see whether analyses could run"),
    ).action(async (options) => (await import("../server/run-doctor.ts")).runDoctor(schemas, options)),
    "rollerblade doctor",
    "kubectl -n rollerblade exec deploy/rollerblade-scheduler -- rollerblade doctor",
  );
};
