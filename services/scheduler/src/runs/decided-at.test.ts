import { v4, v7 } from "uuid";
import { expect, test } from "vitest";
import { decidedAt } from "./decided-at.ts";

const requested = new Date("2026-11-22T12:00:00Z");

test("a UUIDv7 tells its own time", () => {
  const made = new Date("2026-01-02T03:04:05.678Z");
  expect(decidedAt(v7({ msecs: made.getTime() }), requested)).toEqual(made);
});

test("any other decision is as old as its request", () => {
  expect(decidedAt(v4(), requested)).toEqual(requested);
});
