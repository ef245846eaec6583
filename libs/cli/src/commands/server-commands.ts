import type { Command } from "commander";
import { examples, reading, wholeNumber } from "../command.ts";
import { usualPort } from "../server/free-port.ts";
import type { ServiceRegistry } from "../service-registry.ts";

/** `up`, `serve`, `migrate`: what runs Rollerblade. */
export const serverCommands = (program: Command, registry: ServiceRegistry): void => {
  examples(
    program
      .command("up")
      .description("Run everything here: PostgreSQL, NATS, a folder for objects and all services, until Ctrl-C")
      .option("--port <port>", "where to listen", wholeNumber(1, 65_535), usualPort)
      .option("--host <address>", "on which address to listen", "127.0.0.1")
      .option("--verbose", "log to standard error and not to a file")
      .action(async (options) => (await import("../server/run-up.ts")).runUp(registry, options)),
    "rollerblade up --port 8080",
  );
  examples(
    program
      .command("serve")
      .description("Run single services against the servers that the environment names")
      .argument("<service...>", Object.keys(registry).join(", "))
      .action(async (names) => (await import("../server/run-serve.ts")).runServe(registry, names)),
    "ROLLERBLADE_DATABASE_URL=… ROLLERBLADE_NATS_URL=… rollerblade serve scheduler",
  );
  examples(
    reading(program.command("migrate").description("Bring the tables of all services up to date")).action(
      async (options) => (await import("../server/run-migrate.ts")).runMigrate(registry, options),
    ),
    "ROLLERBLADE_DATABASE_URL=postgres://… rollerblade migrate",
  );
};
