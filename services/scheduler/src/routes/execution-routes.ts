import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { schedulerRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Executor } from "@rollerblade/executors";
import type { ObjectStore } from "@rollerblade/object-store";
import {
  implement,
  type Principal,
  type RouteContext,
  readGrants,
  type ServiceContext,
} from "@rollerblade/service-kit";
import { readExecution, visibleExecution } from "./read-execution.ts";
import { whileAllowed } from "./while-allowed.ts";

/** What showing executions needs. */
type Executions = { readonly sql: Sql };

/** Serves the routes that show executions and the logs of their attempts. */
export const serveExecutions = (
  scheduler: RouteContext &
    Executions &
    Pick<ServiceContext, "authenticateAgain"> & { readonly objects: Pick<ObjectStore, "get"> },
  executors: readonly Pick<Executor, "follow">[],
): void => {
  implement(scheduler, schedulerRoutes.showExecution, async ({ principal, params }) => {
    const grants = await readGrants(scheduler.sql, principal);
    const execution = await readExecution(scheduler.sql, grants, params.id);
    if (execution === null) throw unknown(params.id);
    return execution;
  });
  implement(scheduler, schedulerRoutes.showLog, async ({ principal, params: { id, number } }) => {
    await requireVisible(scheduler, principal, id);
    const { log } = await readAttempt(scheduler.sql, id, number);
    return { text: log === null ? "" : await text(await scheduler.objects.get(log)) };
  });
  implement(
    scheduler,
    schedulerRoutes.followLog,
    async ({ principal, request, reply, params: { id, number } }) => {
      await requireVisible(scheduler, principal, id);
      await readAttempt(scheduler.sql, id, number);
      const mayRead = async () => isVisible(scheduler, await scheduler.authenticateAgain(request), id);
      reply.type("text/plain; charset=utf-8");
      // A program may be silent for longer than anybody waits for the beginning of an answer.
      reply.raw.once("pipe", () => reply.raw.flushHeaders());
      return reply.send(Readable.from(outputOf(scheduler, executors, { id, number }, mayRead), { objectMode: false }));
    },
    { timeout: maxFollowingMs },
  );
};

/** A request may follow the log of one attempt for a day. */
const maxFollowingMs = 24 * 3_600_000;

/** How often the rights of who follows are asked again: a second, as for live events. */
const rightsIntervalMs = 1_000;

/** Milliseconds between two looks at an attempt that has begun and has nothing to follow yet, which only takes some of them. */
const beginIntervalMs = 100;

/**
 * The output of an attempt: live while it runs, else what is kept of it. An attempt that has only just begun, whose program was over before
 * anybody could listen, or that another replica executes has nothing to follow: its log comes as soon as there is something of it.
 */
const outputOf = async function* (
  { sql, objects }: Executions & { readonly objects: Pick<ObjectStore, "get"> },
  executors: readonly Pick<Executor, "follow">[],
  { id, number }: { readonly id: string; readonly number: number },
  mayRead: () => Promise<boolean>,
): AsyncGenerator<Uint8Array> {
  for (let asked = performance.now(); ; await sleep(beginIntervalMs)) {
    const { attempt, running, log } = await readAttempt(sql, id, number);
    if (!running) {
      if (log !== null) yield* await objects.get(log);
      return;
    }
    const live = await follow(executors, attempt);
    let received = false;
    for await (const bytes of live === null ? [] : whileAllowed(live, mayRead, rightsIntervalMs)) {
      received = true;
      yield bytes;
    }
    if (received) return;
    if (performance.now() - asked < rightsIntervalMs) continue;
    if (!(await mayRead().catch(() => false))) return;
    asked = performance.now();
  }
};

const follow = async (executors: readonly Pick<Executor, "follow">[], attempt: string): Promise<Readable | null> => {
  for (const executor of executors) {
    const live = await executor.follow?.(attempt);
    if (live !== null && live !== undefined) return live;
  }
  return null;
};

type AttemptLog = { readonly attempt: string; readonly running: boolean; readonly log: string | null };

const readAttempt = async (sql: Sql, execution: string, number: number): Promise<AttemptLog> => {
  const [attempt] = await sql<AttemptLog[]>`
    select id as attempt, state = 'running' as running, log from scheduler.attempts
    where execution = ${execution} and number = ${number}`;
  if (attempt === undefined) throw unknown(`${execution}, attempt ${number}`);
  return attempt;
};

/** Refuses to show an execution to those who may not read all that it was made from. */
const requireVisible = async (executions: Executions, principal: Principal, id: string): Promise<void> => {
  if (!(await isVisible(executions, principal, id))) throw unknown(id);
};

const isVisible = async ({ sql }: Executions, principal: Principal, id: string): Promise<boolean> => {
  const grants = await readGrants(sql, principal);
  const rows = await sql`
    select from scheduler.executions as execution where id = ${id} and ${visibleExecution(sql, grants)}`;
  return rows.length > 0;
};

const unknown = (id: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no execution ${id}.`,
    subject: id,
    next: "A task names its execution.",
  });
