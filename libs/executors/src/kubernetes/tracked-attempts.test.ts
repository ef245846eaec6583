import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { failed } from "../endings.ts";
import { testAttempt } from "./testing/test-cluster.ts";
import { createTrackedAttempts } from "./tracked-attempts.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lost = failed("lost", "its Job was deleted");

test("an attempt is found by its id, and by its place once that is known", () => {
  const attempts = createTrackedAttempts();
  const one = attempts.track(testAttempt("a"));
  expect(one).toMatchObject({ place: undefined, report: null, busy: false });
  expect([attempts.get("a"), attempts.all(), attempts.has(one)]).toEqual([one, [one], true]);
  attempts.put(one, null);
  expect(one.place).toBeNull();
  attempts.put(one, { job: "job", index: 3 });
  expect(attempts.at({ job: "job", index: 3 })).toBe(one);
  expect(attempts.at({ job: "job", index: 4 })).toBeUndefined();
});

test("the first ending of an attempt counts, and the attempt is forgotten with its place, its reason and its timer", async () => {
  const attempts = createTrackedAttempts();
  const one = attempts.track(testAttempt("a"));
  const look = vi.fn();
  attempts.put(one, { job: "job", index: 0 });
  attempts.wait(one, "no node has room");
  attempts.lookIn(one, 10, look);
  attempts.end(one, lost);
  attempts.end(one, failed("failed", "too late"));
  expect(await one.ending).toEqual(lost);
  expect([attempts.get("a"), attempts.at({ job: "job", index: 0 }), attempts.has(one)]).toEqual([
    undefined,
    undefined,
    false,
  ]);
  expect(attempts.takeReasons()).toEqual(new Map());
  vi.advanceTimersByTime(1_000);
  expect(look).not.toHaveBeenCalled();
});

test("of reasons only changes are taken, each once", () => {
  const attempts = createTrackedAttempts();
  const [one, other] = [attempts.track(testAttempt("a")), attempts.track(testAttempt("b"))];
  attempts.wait(one, "");
  attempts.wait(other, "no node has room");
  expect(attempts.takeReasons()).toEqual(new Map([["b", "no node has room"]]));
  attempts.wait(other, "no node has room");
  expect(attempts.takeReasons()).toEqual(new Map());
  attempts.wait(other, "its image cannot be pulled");
  attempts.wait(other, "");
  expect(attempts.takeReasons()).toEqual(new Map([["b", ""]]));
});

test("a timer replaces the one before it, waits ten minutes at most, and ends with all of them", () => {
  const attempts = createTrackedAttempts();
  const one = attempts.track(testAttempt("a"));
  const [first, second] = [vi.fn(), vi.fn()];
  attempts.lookIn(one, 50, first);
  attempts.lookIn(one, 10 ** 9, second);
  vi.advanceTimersByTime(599_999);
  expect([first.mock.calls, second.mock.calls]).toEqual([[], []]);
  vi.advanceTimersByTime(1);
  expect(second).toHaveBeenCalledExactlyOnceWith(one);
  attempts.lookIn(one, -5, first);
  attempts.stop();
  vi.advanceTimersByTime(10);
  expect(first).not.toHaveBeenCalled();
});
