import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test, vi } from "vitest";
import { createSpawnerClient } from "./spawner-client.ts";

const folder = await mkdtemp(join(tmpdir(), "spawner-"));
const client = createSpawnerClient();
afterAll(async () => {
  client.close();
  await rm(folder, { recursive: true });
});

/** Runs a script that waits for a file, and sends a signal to the spawner that is its parent. */
const runAndSignal = async (attempt: string, signal: NodeJS.Signals) => {
  const ids = join(folder, `${attempt}.ids`);
  const script = `echo $PPID $$ > "${ids}.new"; mv "${ids}.new" "${ids}"; until [ -e "${folder}/${attempt}" ]; do sleep 0.05; done`;
  const exit = client.run({
    ...{ attempt, argv: ["sh", "-c", script], folder, cwd: folder, memory: 2 ** 30, timeout: 60 },
    env: { PATH: process.env.PATH ?? "" },
  });
  const [spawner = 0, command = 0] = await vi.waitFor(
    async () => (await readFile(ids, "utf8")).trim().split(" ").map(Number),
    { timeout: 10_000 },
  );
  process.kill(spawner, signal);
  return { exit, command };
};

test.each(["SIGINT", "SIGHUP"] as const)(
  "%s of a terminal, which reaches all of its processes, ends no attempt",
  async (signal) => {
    const { exit } = await runAndSignal(signal, signal);
    await writeFile(join(folder, signal), "");
    expect(await exit).toMatchObject({ how: "exited", exitCode: 0 });
  },
);

test("a spawner that is asked to end takes its command with it", async () => {
  const { exit, command } = await runAndSignal("SIGTERM", "SIGTERM");
  expect((await exit).how).toBe("ended-watcher");
  await vi.waitFor(() => expect(() => process.kill(command, 0)).toThrow("ESRCH"), { timeout: 10_000 });
});

test("a scheduler that is killed before its command began leaves nothing that runs", async () => {
  const ids = join(folder, "orphan.ids");
  const argv = ["sh", "-c", `echo $$ > "${ids}"; while :; do sleep 1; done`];
  const command = { attempt: "orphan", argv, folder, cwd: folder, memory: 2 ** 30, timeout: 60 };
  const scheduler = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { createSpawnerClient } from ${JSON.stringify(join(import.meta.dirname, "spawner-client.ts"))};
       void createSpawnerClient().run({ ...${JSON.stringify(command)}, env: { PATH: process.env.PATH } });
       setImmediate(() => process.kill(process.pid, "SIGKILL"));`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  // The spawner has this stream from the scheduler: it is closed when both are gone, and what one died of stands there.
  expect(await text(scheduler.stderr)).toBe("");
  const id = await readFile(ids, "utf8").catch(() => "");
  if (id.trim() !== "")
    await vi.waitFor(() => expect(() => process.kill(Number(id), 0)).toThrow("ESRCH"), { timeout: 10_000 });
});
