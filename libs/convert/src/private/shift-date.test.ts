import { expect, test } from "vitest";
import { shiftedTime, shiftOf } from "./shift-date.ts";

const key = Buffer.alloc(32, 7);

test("a date is moved by whole days, and its time stays", () => {
  expect(shiftedTime("20240301T103514.250000", 1)).toBe("2024-02-29T10:35:14.250000");
  expect(shiftedTime("20240101T000000.000000", 366)).toBe("2022-12-31T00:00:00.000000");
});

test("the shift of a person is the same each time, differs between people and keys, and leads before 1925", () => {
  expect(shiftOf(key, "01")).toBe(shiftOf(key, "01"));
  expect(shiftOf(key, "01")).not.toBe(shiftOf(key, "02"));
  expect(shiftOf(key, "01")).not.toBe(shiftOf(Buffer.alloc(32, 8), "01"));
  for (const subject of ["01", "02", "03", "04"])
    for (const day of ["20000101T000000.000000", "20491231T000000.000000"])
      expect(Number(shiftedTime(day, shiftOf(key, subject)).slice(0, 4))).toBeLessThan(1925);
});
