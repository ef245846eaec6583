import { expect, test } from "vitest";
import { type AfterAttempt, afterAttempt, backOff, type NextStep } from "./after-attempt.ts";

const base: AfterAttempt = {
  outcome: "failed",
  reason: "exit code 1",
  counted: 0,
  losses: 0,
  outages: 0,
  memory: 1000,
  policy: { attempts: 3, memoryStep: 1.5, memoryMax: 2000 },
  cancelled: false,
};

test.each<[string, Partial<AfterAttempt>, NextStep]>([
  ["success", { outcome: "succeeded" }, { next: "succeeded" }],
  ["success of what was cancelled too late", { outcome: "succeeded", cancelled: true }, { next: "succeeded" }],
  ["a first failure", {}, { next: "again", counts: true, failures: 1, memory: 1000 }],
  ["the last failure", { counted: 2 }, { next: "failed", reason: "exit code 1 (after 3 attempts)", counts: true }],
  ["a time-out", { outcome: "timed-out" }, { next: "again", counts: true, failures: 1, memory: 1000 }],
  ["a missing output", { outcome: "bad-output" }, { next: "again", counts: true, failures: 1, memory: 1000 }],
  ["no use to try again", { outcome: "non-retryable" }, { next: "failed", reason: "exit code 1", counts: true }],
  ["bad input", { outcome: "bad-input" }, { next: "failed", reason: "exit code 1", counts: true }],
  ["an edited main.js", { outcome: "code-changed" }, { next: "failed", reason: "exit code 1", counts: false }],
  ["out of memory", { outcome: "out-of-memory" }, { next: "again", counts: true, failures: 1, memory: 1500 }],
  [
    "out of memory near the limit",
    { outcome: "out-of-memory", memory: 1500 },
    { next: "again", counts: true, failures: 1, memory: 2000 },
  ],
  [
    "out of memory at the limit",
    { outcome: "out-of-memory", memory: 2000 },
    { next: "failed", reason: "exit code 1, which is all that it may have", counts: true },
  ],
  ["a failure after a step", { memory: 1500, counted: 1 }, { next: "again", counts: true, failures: 2, memory: 1500 }],
  ["a lost attempt", { outcome: "lost", counted: 2 }, { next: "again", counts: false, failures: 0, memory: 1000 }],
  ["a second loss", { outcome: "lost", losses: 1 }, { next: "again", counts: false, failures: 1, memory: 1000 }],
  [
    "as many losses as cannot be chance",
    { outcome: "lost", losses: 5, reason: "the process that started it ended" },
    {
      next: "failed",
      reason:
        "was lost 6 times (the process that started it ended); it may end the processes or the machine that it runs on",
      counts: false,
    },
  ],
  [
    "a store that is away",
    { outcome: "unavailable", counted: 2 },
    { next: "again", counts: false, failures: 1, memory: 1000 },
  ],
  [
    "a store that is still away",
    { outcome: "unavailable", outages: 40 },
    { next: "again", counts: false, failures: 41, memory: 1000 },
  ],
  ["a failure of what nobody wants", { cancelled: true }, { next: "cancelled" }],
  ["a loss of what nobody wants", { outcome: "lost", cancelled: true }, { next: "cancelled" }],
])("after %s", (_, changes, expected) => {
  expect(afterAttempt({ ...base, ...changes })).toEqual(expected);
});

test.each([
  [1, 0.5, 5000],
  [2, 0.5, 10_000],
  [3, 0.5, 20_000],
  [30, 0.5, 300_000],
  [1, 0, 3750],
  [1, 1, 6250],
])("after %i failures with chance %f it waits %i ms", (counted, chance, expected) => {
  expect(backOff(counted, 5, 300, chance)).toBe(expected);
});
