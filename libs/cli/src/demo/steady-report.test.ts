import { expect, test } from "vitest";
import { steadyReport } from "./steady-report.ts";

test("progress goes forward, and what was once expected stays expected", () => {
  const reported: string[] = [];
  const report = steadyReport(({ done, total }) => reported.push(`${done} of ${total}`));
  const steps: [number, number | null][] = [
    [3, null],
    [24, 25],
    [25, 26],
    [24, 26],
    [25, 25],
    [26, 26],
  ];
  for (const [done, total] of steps) report({ done, total, unit: "slices" });
  expect(reported).toEqual(["3 of null", "24 of 25", "25 of 26", "25 of 26", "26 of 26"]);
});
