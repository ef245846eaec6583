/**
 * A small process that starts the commands of the process executor. To start a process costs as much as the starter has
 * memory, and blocks it meanwhile, so the scheduler leaves it to this one. It ends, with everything that it started, when the
 * scheduler is gone, however that ended.
 */
import { createGroupRunner } from "./run-group.ts";
import type { FromSpawner, ToSpawner } from "./spawner-messages.ts";

const runner = createGroupRunner();

const answer = (message: FromSpawner): void => {
  process.send?.(message);
};

process.on("message", (message: ToSpawner) => {
  if (message.say === "kill") return runner.kill(message.attempt);
  const { command } = message;
  runner.run(command).then(
    (exit) => answer({ attempt: command.attempt, exit }),
    (error: unknown) =>
      answer({
        attempt: command.attempt,
        exit: { how: "not-started", exitCode: null, signal: null, log: "", reason: String(error) },
      }),
  );
});

process.on("disconnect", () => {
  runner.killAll();
  process.exit(0);
});
