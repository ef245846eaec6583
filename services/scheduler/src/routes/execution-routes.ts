import { text } from "node:stream/consumers";
import { schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal } from "@rollerblade/service-kit";
import type { Scheduler } from "../scheduler.ts";
import { readExecution } from "./read-execution.ts";

/** Show executions, and what their attempts said. */
export const serveExecutions = (scheduler: Scheduler): void => {
  implement(scheduler, schedulerRoutes.showExecution, async ({ principal, params }) => {
    await requireVisible(scheduler, principal, params.id);
    const execution = await readExecution(scheduler, params.id);
    if (execution === null) throw unknown(params.id);
    return execution;
  });
  implement(scheduler, schedulerRoutes.showLog, async ({ principal, params: { id, number } }) => {
    await requireVisible(scheduler, principal, id);
    const [attempt] = await scheduler.sql<{ log: string | null }[]>`
      select log from scheduler.attempts where execution = ${id} and number = ${number}`;
    if (attempt === undefined) throw unknown(`${id}, attempt ${number}`);
    return { text: attempt.log === null ? "" : await text(await scheduler.objects.get(attempt.log)) };
  });
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
