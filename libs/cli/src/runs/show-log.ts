import { type AttemptStatus, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printJson, printText, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";
import { plainLog } from "../terminal/escape-controls.ts";
import { findTaskId } from "./find-id.ts";

/** `runs log TASK`: prints every attempt at a task with its output. */
export const showTaskLog = async (text: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const id = await findTaskId(server, text);
  const task = await server.call(schedulerRoutes.showTask, { params: { id } });
  const { history } = task;
  if (history === null) throw nothingRan(id, task.reason);
  const attempts = await Promise.all(
    history.attempts.map(async (attempt) => ({ ...attempt, log: await logOf(server, history.id, attempt) })),
  );
  if (json === true) return printJson({ ...task, history: { ...history, attempts } });
  printText(
    plainLog(
      `${task.analysis} ${task.version} on ${sliceName(task.slice)}: ${task.reason || (task.outcome ?? task.state)}`,
    ),
  );
  for (const attempt of attempts) {
    printText(
      plainLog(
        `\n--- attempt ${attempt.number}: ${[attempt.outcome ?? attempt.state, attempt.reason].filter(Boolean).join(", ")}`,
      ),
    );
    printText(plainLog(attempt.log ?? "").trimEnd() || "(no output)");
  }
};

const logOf = async (server: Server, id: string, { number, hasLog }: AttemptStatus): Promise<string | null> => {
  if (!hasLog) return null;
  const { text } = await server.call(schedulerRoutes.showLog, { params: { id, number } });
  return text;
};

const nothingRan = (id: string, reason: string): Problem =>
  new Problem({
    code: "not-found",
    message: `Nothing ran for task ${id}${reason === "" ? "" : `: ${reason}`}.`,
    subject: id,
  });
