import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { createSpawnerClient } from "./spawner-client.ts";

const folder = mkdtempSync(join(tmpdir(), "follow-command-"));
mkdirSync(join(folder, "out"));
const spawner = createSpawnerClient();
afterAll(() => {
  spawner.close();
  rmSync(folder, { recursive: true });
});

test("the output of a command is there while it runs, from its beginning, for everybody who follows it", async () => {
  const go = join(folder, "go");
  const script = `printf 'one\\n\\303'; sleep 0.2; printf '\\244\\n'; until [ -e ${go} ]; do sleep 0.05; done; echo three`;
  const exit = spawner.run({
    attempt: "one",
    argv: ["sh", "-c", script],
    folder,
    cwd: folder,
    env: { PATH: "/usr/bin:/bin" },
    memory: 2 ** 30,
    timeout: 60,
  });
  const follow = async () => {
    const pieces: Buffer[] = [];
    const stream = await vi.waitUntil(() => spawner.follow("one"), { timeout: 10_000 });
    stream?.on("data", (piece: Buffer) => pieces.push(piece));
    return { stream, text: () => Buffer.concat(pieces).toString() };
  };
  const first = await follow();
  await expect.poll(first.text).toBe("one\nä\n");
  const [second, third] = [await follow(), await follow()];
  await expect.poll(second.text).toBe("one\nä\n");
  third.stream?.destroy();
  writeFileSync(go, "");
  expect((await exit).log).toBe("one\nä\nthree\n");
  await expect.poll(() => [first, second].map(({ stream }) => stream?.readableEnded)).toEqual([true, true]);
  expect([first.text(), second.text()]).toEqual(["one\nä\nthree\n", "one\nä\nthree\n"]);
  expect(spawner.follow("one")).toBeNull();
});
