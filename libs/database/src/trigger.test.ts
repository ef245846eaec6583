import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTrigger } from "./trigger.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;

/** Whether a wait is over by now. */
const observe = async (wait: Promise<void>): Promise<() => boolean> => {
  let over = false;
  wait.then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return () => over;
};

test("a wait ends after its delay", async () => {
  const over = await observe(createTrigger().wait(1000, never));
  await vi.advanceTimersByTimeAsync(999);
  expect(over()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(over()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("firing ends the wait, and leaves no timer behind", async () => {
  const trigger = createTrigger();
  const over = await observe(trigger.wait(1000, never));
  trigger.fire();
  await vi.advanceTimersByTimeAsync(0);
  expect(over()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("firing while nobody waits ends the next wait at once, and only that one", async () => {
  const trigger = createTrigger();
  trigger.fire();
  trigger.fire();
  expect((await observe(trigger.wait(1000, never)))()).toBe(true);
  expect((await observe(trigger.wait(1000, never)))()).toBe(false);
});

test("an abort ends the wait, also one that came before", async () => {
  const stopping = new AbortController();
  const trigger = createTrigger();
  const over = await observe(trigger.wait(1000, stopping.signal));
  stopping.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(over()).toBe(true);
  expect((await observe(trigger.wait(1000, stopping.signal)))()).toBe(true);
});
