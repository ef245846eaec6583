import { schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { Server } from "../server/find-server.ts";
import { findId, type Kind, maxNamed } from "../short-id.ts";

const run: Kind = { name: "run", next: "See runs with `rollerblade runs list`." };
const task: Kind = { name: "task", next: "See the tasks of a run with `rollerblade runs show RUN`." };

/** The id of a run, of which its beginning is enough. @throws Problem `invalid` when several begin so, `not-found` when none does */
export const findRunId = (server: Server, text: string): Promise<string> =>
  findId(run, text, async (prefix) => {
    const { items } = await server.call(schedulerRoutes.listRuns, { query: { prefix, limit: maxNamed + 1 } });
    return items.map(({ id, analysis, version }) => ({ id, what: `${analysis} ${version}` }));
  });

/** The id of a task, likewise; of a run it names the tasks. */
export const findTaskId = async (server: Server, text: string): Promise<string> => {
  const list = async (query: { prefix?: string; run?: string }) => {
    const { items } = await server.call(schedulerRoutes.listTasks, { query: { ...query, limit: maxNamed + 1 } });
    return items.map(({ id, analysis, version, outcome, state }) => ({
      id,
      what: `${analysis} ${version}, ${outcome ?? state}`,
    }));
  };
  try {
    return await findId(task, text, (prefix) => list({ prefix }));
  } catch (error) {
    const id = error instanceof Problem && error.code === "not-found" ? await runOf(server, text) : null;
    if (id === null) throw error;
    const tasks = await list({ run: id });
    throw new Problem({
      code: "not-found",
      message: `${text} is a run. Its tasks are ${tasks.map(({ id, what }) => `${id} (${what})`).join(", ") || "none"}.`,
      subject: text,
      next: `See all of them with \`rollerblade runs show ${id}\`.`,
    });
  }
};

const runOf = (server: Server, text: string): Promise<string | null> => findRunId(server, text).catch(() => null);
