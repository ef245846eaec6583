import { expect, test } from "vitest";
import { binned } from "./binned.ts";

test("few values are bars as they are, the most frequent first, and what is unknown is last", () => {
  const counts = [
    { value: null, scans: 9 },
    { value: "F", scans: 2 },
    { value: "M", scans: 5 },
  ];
  expect(binned(counts)).toEqual([
    { label: "M", value: 5 },
    { label: "F", value: 2 },
    { label: "unknown", value: 9 },
  ]);
});

test("many numbers are counted in ranges with round ends, and none is lost", () => {
  const counts = Array.from({ length: 61 }, (_, at) => ({ value: 20 + at / 1, scans: 2 }));
  const bars = binned(counts);
  expect(bars[0]?.label).toBe("20 to 25");
  expect(bars.length).toBeLessThanOrEqual(16);
  expect(bars.reduce((sum, { value }) => sum + value, 0)).toBe(122);
});

test("small and negative numbers have ranges, too", () => {
  const counts = Array.from({ length: 40 }, (_, at) => ({ value: (at - 20) / 1000, scans: 1 }));
  expect(binned(counts).reduce((sum, { value }) => sum + value, 0)).toBe(40);
});
