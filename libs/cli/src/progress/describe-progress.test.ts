import { expect, test } from "vitest";
import { describeProgress, formatSeconds } from "./describe-progress.ts";

test.each([
  ["before the pace is known", { done: 0, total: 12, unit: "files" }, 0, "0 of 12 files"],
  ["with pace and what is left", { done: 100, total: 400, unit: "files" }, 5, "100 of 400 files, 20/s, 15 s left"],
  ["slowly", { done: 1, total: 3, unit: "tasks" }, 30, "1 of 3 tasks, 2.0/min, 1 min 0 s left"],
  ["without a known end", { done: 7, total: null, unit: "events", note: "2 failed" }, 2, "7 events, 3.5/s, 2 failed"],
  ["at the end", { done: 3, total: 3, unit: "tasks", note: "" }, 3, "3 of 3 tasks, 1.0/s"],
])("progress is described %s", (_, progress, seconds, text) => {
  expect(describeProgress(progress, seconds)).toBe(text);
});

test.each([
  [0.2, "1 s"],
  [59.4, "59 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
