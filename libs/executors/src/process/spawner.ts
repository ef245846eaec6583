/**
 * A small process that starts the commands of the process executor. To start a process costs as much as the starter has
 * memory, and blocks it meanwhile, so the scheduler leaves it to this one. It ends, with everything that it started, when the
 * scheduler is gone, however that ended.
 */
import { createMemoryWatch } from "./memory-watch.ts";
import { createGroupRunner } from "./run-group.ts";
import type { FromSpawner, ToSpawner } from "./spawner-messages.ts";

const runner = createGroupRunner();
const memory = createMemoryWatch();
const unwatch = new Map<string, () => void>();

/** A scheduler that was killed gets no answer: `disconnect`, which follows, ends everything; an `error` of the process would end this alone. */
const answer = (message: FromSpawner): void => {
  process.send?.(message, () => {});
};

const run = async (command: Extract<ToSpawner, { type: "run" }>["command"]): Promise<void> => {
  const { attempt } = command;
  const exit = await runner
    .run(command, (group) => answer({ type: "began", attempt, group }))
    .catch((error: unknown) => {
      return { how: "not-started", exitCode: null, signal: null, log: "", reason: String(error) } as const;
    });
  answer({ type: "ended", attempt, exit });
};

process.on("message", (message: ToSpawner) => {
  const { type } = message;
  if (type === "run") void run(message.command);
  if (type === "end") runner.end(message.attempt, message.how);
  if (type === "follow") {
    const { attempt, follower } = message;
    runner.follow(attempt, follower, (bytes) =>
      answer({ type: "output", attempt, follower, bytes: bytes.toString("base64") }),
    );
  }
  if (type === "unfollow") runner.unfollow(message.attempt, message.follower);
  if (type === "watch") {
    const { attempt, group, bytes } = message;
    unwatch.get(attempt)?.();
    unwatch.set(
      attempt,
      memory.watch(group, bytes, () => answer({ type: "exceeded", attempt })),
    );
  }
  if (type === "unwatch") {
    unwatch.get(message.attempt)?.();
    unwatch.delete(message.attempt);
  }
});

// Ctrl-C and the end of a terminal reach every process that was started there. What follows from them, the scheduler decides.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
process.on("SIGTERM", () => {
  runner.killAll();
  process.exit(143);
});
process.on("disconnect", () => {
  runner.killAll();
  process.exit(0);
});
