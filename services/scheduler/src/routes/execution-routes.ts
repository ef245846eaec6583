import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { Executor } from "@rollerblade/executors";
import { implement, type Principal } from "@rollerblade/service-kit";
import type { Scheduler } from "../scheduler.ts";
import { readExecution } from "./read-execution.ts";

/** Show executions, and what their attempts said. */
export const serveExecutions = (scheduler: Scheduler, executors: readonly Executor[]): void => {
  implement(scheduler, schedulerRoutes.showExecution, async ({ principal, params }) => {
    await requireVisible(scheduler, principal, params.id);
    const execution = await readExecution(scheduler, params.id);
    if (execution === null) throw unknown(params.id);
    return execution;
  });
  implement(scheduler, schedulerRoutes.showLog, async ({ principal, params: { id, number } }) => {
    await requireVisible(scheduler, principal, id);
    const { log } = await readAttempt(scheduler, id, number);
    return { text: log === null ? "" : await text(await scheduler.objects.get(log)) };
  });
  implement(
    scheduler,
    schedulerRoutes.followLog,
    async ({ principal, reply, params: { id, number } }) => {
      await requireVisible(scheduler, principal, id);
      const { attempt, running, log } = await readAttempt(scheduler, id, number);
      reply.type("text/plain; charset=utf-8");
      const live = running ? await follow(executors, attempt) : null;
      if (live !== null) return reply.send(live);
      return reply.send(log === null ? "" : await scheduler.objects.get(log));
    },
    { timeout: longestFollowing },
  );
};

/** Milliseconds that somebody may listen to one attempt. */
const longestFollowing = 24 * 3_600_000;

const follow = async (executors: readonly Executor[], attempt: string): Promise<Readable | null> => {
  for (const executor of executors) {
    const live = await executor.follow?.(attempt);
    if (live !== null && live !== undefined) return live;
  }
  return null;
};

type AttemptLog = { readonly attempt: string; readonly running: boolean; readonly log: string | null };

const readAttempt = async ({ sql }: Scheduler, execution: string, number: number): Promise<AttemptLog> => {
  const [attempt] = await sql<AttemptLog[]>`
    select id as attempt, state = 'running' as running, log from scheduler.attempts
    where execution = ${execution} and number = ${number}`;
  if (attempt === undefined) throw unknown(`${execution}, attempt ${number}`);
  return attempt;
};

/** Whoever may read all that an execution was made from may see it; its log may tell of that. */
const requireVisible = async (scheduler: Scheduler, principal: Principal, id: string): Promise<void> => {
  const readable = await scheduler.readable(principal, "dataset");
  const rows = await scheduler.sql`
    select from scheduler.executions
    where id = ${id} and (${readable === "all"} or datasets <@ ${readable === "all" ? [] : readable}::text[])`;
  if (rows.length === 0) throw unknown(id);
};

const unknown = (id: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no execution ${id}.`,
    subject: id,
    next: "A task names its execution.",
  });
