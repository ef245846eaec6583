import { expect, test } from "vitest";
import { readMetric } from "./read-metrics.ts";

const text = `# HELP waiting Rows.\n# TYPE waiting gauge\nwaiting 3\nwaiting_longer 4\nlag{service="catalog"} 0.25\n`;

test.each([
  ["waiting", 3],
  ["waiting_longer", 4],
  ["lag", 0.25],
  ["missing", null],
])("%s is %s", (name, value) => {
  expect(readMetric(text, name)).toBe(value);
});
