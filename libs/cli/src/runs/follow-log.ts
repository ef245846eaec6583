import { setTimeout as sleep } from "node:timers/promises";
import { type AttemptStatus, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { patientServer } from "../server/patient-server.ts";
import { sliceName } from "../slice-name.ts";
import { plainLines, plainLog } from "../terminal/escape-controls.ts";
import { write } from "../terminal/write.ts";
import { findTaskId } from "./find-id.ts";

/** Milliseconds between two requests for the log of a task that has no output yet. */
const pollIntervalMs = 500;

/** `runs log TASK --follow`: prints the output of each attempt as it comes, until the task is finished. */
export const followTaskLog = async (text: string): Promise<void> => {
  const server = patientServer(await findServer());
  const id = await findTaskId(server, text);
  const printed = new Set<number>();
  for (let reported = ""; ; ) {
    const task = await server.call(schedulerRoutes.showTask, { params: { id } });
    const next = task.history?.attempts.find(({ number }) => !printed.has(number));
    if (next !== undefined && task.history !== null) {
      if (await printLog(server, task.history.id, next)) printed.add(next.number);
    } else if (task.state === "final") return printOutcome(task);
    const waits = next?.reason ?? task.reason;
    if (waits !== "" && waits !== reported) printMessage(plainLog(waits));
    reported = waits;
    await sleep(pollIntervalMs);
  }
};

const nothing = async function* (): AsyncGenerator<Uint8Array> {};

/** @returns whether the whole log was printed: an attempt that runs may have no output yet. */
const printLog = async (server: Server, execution: string, { number, state }: AttemptStatus): Promise<boolean> => {
  const answer = await server.raw(`/v1/executions/${execution}/attempts/${number}/log/follow`);
  let any = false;
  for await (const lines of plainLines(answer.body ?? nothing())) {
    if (!any) write("stderr", `--- attempt ${number}\n`);
    any = true;
    write("stdout", lines);
  }
  return any || state === "ended";
};

const printOutcome = ({ analysis, version, slice, reason, outcome, state }: TaskStatus): void =>
  printMessage(plainLog(`${analysis} ${version} on ${sliceName(slice)}: ${reason || (outcome ?? state)}`));
