import { expect, test } from "vitest";
import { silentLog } from "./log.ts";
import type { ServerProcess } from "./server-process.ts";
import { supervise } from "./supervise.ts";

/** Processes that end when they are told to, counted by their ids. */
const processes = () => {
  const started: { pid: number; die: (why: string) => void }[] = [];
  const state = { failing: 0 };
  const start = async (): Promise<ServerProcess> => {
    if (state.failing > 0) {
      state.failing -= 1;
      throw new Error("the port is taken");
    }
    const { promise, resolve } = Promise.withResolvers<string>();
    const pid = started.length + 1;
    started.push({ pid, die: resolve });
    return { pid, exited: promise, end: async () => resolve("it was ended") };
  };
  return { started, state, start };
};

test("a server that dies is started again, through failures to start, until it is stopped", async () => {
  const { started, state, start } = processes();
  const server = await supervise("a server", start, silentLog);
  expect(server.pid).toBe(1);
  state.failing = 2;
  started[0]?.die("it was killed");
  await expect.poll(() => server.pid, { timeout: 2_000 }).toBe(2);
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(started).toHaveLength(2);
});

test("a server that does not start at first is not tried again", async () => {
  const { state, start } = processes();
  state.failing = 1;
  await expect(supervise("a server", start, silentLog)).rejects.toThrow("the port is taken");
});

test("stopping while it is down ends it", async () => {
  const { started, state, start } = processes();
  const server = await supervise("a server", start, silentLog);
  state.failing = 1_000;
  started[0]?.die("it was killed");
  await new Promise((resolve) => setTimeout(resolve, 80));
  await server.stop();
  expect(started).toHaveLength(1);
});
