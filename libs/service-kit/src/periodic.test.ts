import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "@rollerblade/telemetry";
import { expect, test } from "vitest";
import { createPeriodic } from "./periodic.ts";

const begin = () => {
  const stopping = new AbortController();
  const log = createLogger("test", { level: "silent" });
  const locks = () => expect.unreachable("no lock is needed");
  const periodic = createPeriodic({ service: "test", log, signal: stopping.signal, locks });
  const stop = async () => {
    stopping.abort();
    await periodic.stop();
  };
  return { periodic, stop };
};

test("work begins at once and comes again", async () => {
  const { periodic, stop } = begin();
  let turns = 0;
  periodic.every("count", 10, async () => {
    turns += 1;
  });
  periodic.start();
  await expect.poll(() => turns).toBeGreaterThan(2);
  await stop();
  const last = turns;
  await sleep(40);
  expect(turns).toBe(last);
});

test("being woken in the middle means one more turn, however often", async () => {
  const { periodic, stop } = begin();
  let turns = 0;
  periodic.every("slow", 60_000, async () => {
    turns += 1;
    await sleep(30);
  });
  periodic.start();
  await sleep(5);
  for (let call = 0; call < 10; call++) periodic.wake("slow");
  await sleep(150);
  expect(turns).toBe(2);
  periodic.wake("slow");
  await expect.poll(() => turns).toBe(3);
  await stop();
});

test("a failure is tried again long before the next turn", async () => {
  const { periodic, stop } = begin();
  let turns = 0;
  periodic.every("failing", 60_000, async () => {
    turns += 1;
    if (turns < 2) throw new Error("no");
  });
  periodic.start();
  await expect.poll(() => turns, { timeout: 3000 }).toBe(2);
  await stop();
});

test("stopping waits for the turn in hand", async () => {
  const { periodic, stop } = begin();
  let finished = false;
  periodic.every("long", 1000, async () => {
    await sleep(50);
    finished = true;
  });
  periodic.start();
  await stop();
  expect(finished).toBe(true);
});
