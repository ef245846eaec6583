import { setTimeout as sleep } from "node:timers/promises";
import { type AttemptStatus, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { findServer, type Server } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";

/** Milliseconds between two requests for the log of a task that has no output yet. */
const pollIntervalMs = 500;

/** `runs log TASK --follow`: prints the output of each attempt as it comes, until the task is finished. */
export const followTaskLog = async (id: string): Promise<void> => {
  const server = await findServer();
  const printed = new Set<number>();
  for (let reported = ""; ; ) {
    const task = await server.call(schedulerRoutes.showTask, { params: { id } });
    const next = task.history?.attempts.find(({ number }) => !printed.has(number));
    if (next !== undefined && task.history !== null) {
      if (await printLog(server, task.history.id, next)) printed.add(next.number);
    } else if (task.state === "final") return printOutcome(task);
    const waits = next?.reason ?? task.reason;
    if (waits !== "" && waits !== reported) process.stderr.write(`${waits}\n`);
    reported = waits;
    await sleep(pollIntervalMs);
  }
};

/** @returns whether the whole log was printed: an attempt that runs may have no output yet. */
const printLog = async (server: Server, execution: string, { number, state }: AttemptStatus): Promise<boolean> => {
  const answer = await server.raw(`/v1/executions/${execution}/attempts/${number}/log/follow`);
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    if (bytes === 0) process.stderr.write(`--- attempt ${number}\n`);
    bytes += chunk.byteLength;
    process.stdout.write(chunk);
  }
  return bytes > 0 || state === "ended";
};

const printOutcome = ({ analysis, version, slice, reason, outcome, state }: TaskStatus): void =>
  void process.stderr.write(`${analysis} ${version} on ${sliceName(slice)}: ${reason || (outcome ?? state)}\n`);
