import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../log.ts";
import { hasSpace, recoverFromFullDisk, reportsFullDisk } from "./full-disk.ts";

const full =
  "[20303] 2026/11/30 15:05:01.960164 [ERR] JetStream failed to store a msg on stream '$G > EVENTS': write /data/1.blk: no space left on device\n";

test.each<[string, boolean]>([
  [full, true],
  ["[1] [ERR] JetStream failed to store a msg: write /data/1.blk: disk quota exceeded", true],
  ["[1] [WRN] JetStream resource limits exceeded; JetStream out of resources, will be DISABLED", true],
  ["[1] [INF] Server is ready", false],
  ["[1] [INF]   Max Storage:     1.00 TB", false],
])("of %s it is known whether the disk is full", (lines, isFull) => {
  expect(reportsFullDisk(lines)).toBe(isFull);
});

test.each([
  ["64 MiB of a large disk", { free: 2 ** 26, size: 2 ** 40 }, true],
  ["less of a large disk", { free: 2 ** 25, size: 2 ** 40 }, false],
  ["a tenth of a small one", { free: 5e6, size: 4e7 }, true],
  ["less of a small one", { free: 2e6, size: 4e7 }, false],
])("%s: whether it is enough", (_, space, enough) => {
  expect(hasSpace(space)).toBe(enough);
});

test("the server is restarted once for each time that the disk was full, and not for what the log held before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-full-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const logFile = join(folder, "nats.log");
  await writeFile(logFile, full);
  let restarts = 0;
  let warnings = 0;
  const watch = recoverFromFullDisk({
    ...{ folder, logFile, intervalMs: 5 },
    log: { ...silentLog, warn: () => void warnings++ },
    restart: async () => void restarts++,
  });
  onTestFinished(watch.stop);
  await expect.poll(() => watch.looks()).toBeGreaterThan(1);
  expect([restarts, warnings]).toEqual([0, 0]);
  for (const times of [1, 2]) {
    await appendFile(logFile, full.repeat(3));
    await expect.poll(() => restarts).toBe(times);
  }
});
