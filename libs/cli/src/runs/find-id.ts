import { schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { Server } from "../server/find-server.ts";

/** A whole UUID. */
const whole = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Characters of an id that are enough to name it, as long as nothing else begins like that. */
const minLength = 4;

/** Ids that the error about an ambiguous one names. */
const maxNamed = 5;

/** The id of a run, of which its beginning is enough. @throws Problem `invalid` when several begin so, `not-found` when none does */
export const findRunId = (server: Server, text: string): Promise<string> =>
  findId("run", text, async (prefix) => {
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
    return await findId("task", text, (prefix) => list({ prefix }));
  } catch (error) {
    const run = error instanceof Problem && error.code === "not-found" ? await runOf(server, text) : null;
    if (run === null) throw error;
    const tasks = await list({ run });
    throw new Problem({
      code: "not-found",
      message: `${text} is a run. Its tasks are ${tasks.map(({ id, what }) => `${id} (${what})`).join(", ") || "none"}.`,
      subject: text,
      next: `See all of them with \`rollerblade runs show ${run}\`.`,
    });
  }
};

const runOf = (server: Server, text: string): Promise<string | null> => findRunId(server, text).catch(() => null);

type Found = { readonly id: string; readonly what: string };

const findId = async (
  kind: string,
  text: string,
  list: (prefix: string) => Promise<readonly Found[]>,
): Promise<string> => {
  const prefix = text.toLowerCase();
  if (!/^[0-9a-f-]*$/.test(prefix) || prefix.length < minLength || prefix.length > 36)
    throw new Problem({
      code: "invalid",
      message: `"${text}" is not the id of a ${kind}.`,
      subject: text,
      next: `Give its id, or at least the first ${minLength} characters of it.`,
    });
  const found = await list(prefix);
  const [first] = found;
  if (first === undefined)
    throw new Problem({
      code: "not-found",
      message: whole.test(prefix)
        ? `There is no ${kind} ${text}.`
        : `There is no ${kind} whose id begins with ${text}.`,
      subject: text,
      next:
        kind === "run"
          ? "See runs with `rollerblade runs list`."
          : "See the tasks of a run with `rollerblade runs show RUN`.",
    });
  if (found.length === 1) return first.id;
  const named = found.slice(0, maxNamed).map(({ id, what }) => `${id} (${what})`);
  throw new Problem({
    code: "invalid",
    message: `Several ${kind}s begin with ${text}: ${named.join(", ")}${found.length > maxNamed ? " and others" : ""}.`,
    subject: text,
    next: "Give more of the id.",
  });
};
