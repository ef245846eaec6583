import { expect, test } from "vitest";
import { visitAt } from "./last-visit.ts";

const hour = 3_600_000;

test("who was never here has no visit before", () => {
  expect(visitAt(null, 5)).toEqual({ seenAt: 5, before: null });
});

test("a break is no new visit, and a night is", () => {
  const first = visitAt(null, 0);
  const afterBreak = visitAt(first, hour / 2);
  expect(afterBreak).toEqual({ seenAt: hour / 2, before: null });
  const nextDay = visitAt(afterBreak, 20 * hour);
  expect(nextDay).toEqual({ seenAt: 20 * hour, before: hour / 2 });
  expect(visitAt(nextDay, 20.5 * hour).before).toBe(hour / 2);
});
