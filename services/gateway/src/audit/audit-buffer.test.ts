import type { AuditLine } from "@rollerblade/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAuditBuffer } from "./audit-buffer.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const line = (subject: string): AuditLine => ({
  time: "2026-01-01T00:00:00.000Z",
  actor: "ada",
  action: "read.showDataset",
  subject,
  outcome: "allowed",
  address: null,
  traceId: null,
  details: {},
});

const setUp = () => {
  const stored: string[][] = [];
  const failures: number[] = [];
  const state = { away: false };
  const buffer = createAuditBuffer(
    async (lines) => {
      if (state.away) throw new Error("away");
      stored.push(lines.map(({ subject }) => subject));
    },
    { lingerMs: 100, maxBatch: 3, maxWaiting: 5, onFailure: (_, dropped) => failures.push(dropped) },
  );
  return { buffer, stored, failures, state };
};

test("lines wait a moment and are stored together, in their order and in batches", async () => {
  const { buffer, stored } = setUp();
  buffer.add([line("a"), line("b")]);
  buffer.add([line("c"), line("d")]);
  expect(stored).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(stored).toEqual([["a", "b", "c"], ["d"]]);
});

test("what cannot be stored waits, and is stored once when it can be", async () => {
  const { buffer, stored, failures, state } = setUp();
  state.away = true;
  buffer.add([line("a")]);
  await vi.advanceTimersByTimeAsync(250);
  expect([stored, failures.length > 0]).toEqual([[], true]);
  state.away = false;
  buffer.add([line("b")]);
  await vi.advanceTimersByTimeAsync(200);
  expect(stored).toEqual([["a", "b"]]);
});

test("beyond the limit the oldest are dropped, and counted", async () => {
  const { buffer, stored, failures } = setUp();
  buffer.add(["a", "b", "c", "d", "e", "f", "g"].map(line));
  expect(failures).toEqual([2]);
  await buffer.flush();
  expect(stored).toEqual([
    ["c", "d", "e"],
    ["f", "g"],
  ]);
});
