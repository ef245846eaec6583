import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

const program = join(import.meta.dirname, "full-disk-process.ts");

/** Runs a shell command in a name space of its own in which it may mount disks. */
const inOwnMounts = (command: string, ...args: readonly string[]) =>
  spawnSync("unshare", ["--map-root-user", "--mount", "sh", "-c", command, "sh", ...args], { encoding: "utf8" });

const mayMount = inOwnMounts("mount -t tmpfs -o size=1m none /mnt").status === 0;

const outcome = z.object({
  storedBefore: z.boolean(),
  storedAtOnce: z.boolean(),
  storesAgain: z.boolean(),
  seconds: z.number(),
  messages: z.number(),
  warnings: z.array(z.string()),
});

test.runIf(mayMount)("the embedded NATS stores again by itself when a full disk has space again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-small-disk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { stdout, stderr } = inOwnMounts(
    'mount -t tmpfs -o size=40m none "$1" && exec "$2" "$3" "$1"',
    ...[folder, process.execPath, program],
  );
  expect(stderr).toBe("");
  const found = outcome.parse(JSON.parse(stdout));
  console.log(`stores again after ${found.seconds.toFixed(1)} s`);
  expect(found).toMatchObject({ storedBefore: true, storedAtOnce: false, storesAgain: true });
  // What was stored before the disk was full is still there, beside what came after.
  expect(found.messages).toBeGreaterThanOrEqual(2);
  expect(found.warnings).toContain("the disk has space again; restarting nats-server");
});
