import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@rollerblade/telemetry";
import { expect, onTestFinished, test } from "vitest";
import { watchEventLoop } from "./watch-event-loop.ts";

test("a warning tells how long the event loop was kept busy", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-watch-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "log");
  const stop = watchEventLoop(createLogger("process", { level: "warn", file }), { intervalMs: 100, maxDelayMs: 60 });
  onTestFinished(stop);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const until = performance.now() + 120; performance.now() < until; );
  const log = () => readFileSync(file, "utf8");
  await expect.poll(log, { timeout: 10_000 }).toContain("the event loop was kept busy");
  expect(Number(/"longestMs":(\d+)/.exec(log())?.[1])).toBeGreaterThanOrEqual(60);
});
