import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "@rollerblade/telemetry";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPeriodic } from "./periodic.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const begin = () => {
  const stopping = new AbortController();
  const log = createLogger("test", { level: "silent" });
  const pool = () => expect.unreachable("no database is needed");
  const periodic = createPeriodic({ service: "test", log, signal: stopping.signal, sql: pool, locks: pool });
  const stop = async () => {
    stopping.abort();
    await periodic.stop();
  };
  return { periodic, stop };
};

test("work begins at once and comes again, and not after it was stopped", async () => {
  const { periodic, stop } = begin();
  let turns = 0;
  periodic.every("count", 1000, async () => {
    turns += 1;
  });
  periodic.start();
  expect(turns).toBe(1);
  // An interval varies by a tenth.
  await vi.advanceTimersByTimeAsync(899);
  expect(turns).toBe(1);
  await vi.advanceTimersByTimeAsync(202);
  expect(turns).toBe(2);
  await stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(turns).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

test("being triggered in the middle means one more turn, however often", async () => {
  const { periodic, stop } = begin();
  const ends: (() => void)[] = [];
  periodic.every("slow", 60_000, () => new Promise((resolve) => ends.push(resolve)));
  periodic.start();
  for (let call = 0; call < 10; call++) periodic.trigger("slow");
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await vi.advanceTimersByTimeAsync(50_000);
  expect(ends).toHaveLength(2);
  periodic.trigger("slow");
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(3);
  ends[2]?.();
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
  await vi.advanceTimersByTimeAsync(750);
  expect(turns).toBe(2);
  await stop();
});

test("stopping waits for the turn that is going on", async () => {
  const { periodic, stop } = begin();
  let finished = false;
  periodic.every("long", 1000, async () => {
    await sleep(50);
    finished = true;
  });
  periodic.start();
  const stopped = stop();
  expect(finished).toBe(false);
  await vi.advanceTimersByTimeAsync(50);
  await stopped;
  expect(finished).toBe(true);
});
