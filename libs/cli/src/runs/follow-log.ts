import { setTimeout as sleep } from "node:timers/promises";
import { type AttemptStatus, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { findServer, type Server } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";

/** Milliseconds between two looks at what has nothing to say yet. */
const lookEvery = 500;

/** `runs log TASK --follow`: what each attempt says, as it says it, until the task is finished. */
export const followTaskLog = async (id: string): Promise<void> => {
  const server = await findServer();
  const heard = new Set<number>();
  for (let said = ""; ; ) {
    const task = await server.call(schedulerRoutes.showTask, { params: { id } });
    const next = task.history?.attempts.find(({ number }) => !heard.has(number));
    if (next !== undefined && task.history !== null) {
      if (await hear(server, task.history.id, next)) heard.add(next.number);
    } else if (task.state === "final") return sayEnd(task);
    const waits = next?.reason ?? task.reason;
    if (waits !== "" && waits !== said) process.stderr.write(`${waits}\n`);
    said = waits;
    await sleep(lookEvery);
  }
};

/** @returns whether all of it was heard: one that runs may have nothing to say yet. */
const hear = async (server: Server, execution: string, { number, state }: AttemptStatus): Promise<boolean> => {
  const answer = await server.raw(`/v1/executions/${execution}/attempts/${number}/log/follow`);
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    if (bytes === 0) process.stderr.write(`--- attempt ${number}\n`);
    bytes += chunk.byteLength;
    process.stdout.write(chunk);
  }
  return bytes > 0 || state === "ended";
};

const sayEnd = ({ analysis, version, slice, reason, outcome, state }: TaskStatus): void =>
  void process.stderr.write(`${analysis} ${version} on ${sliceName(slice)}: ${reason || (outcome ?? state)}\n`);
