import type { AuditLine } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
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
  const state: { away: boolean; refused: Record<string, "invalid" | "internal"> } = { away: false, refused: {} };
  const buffer = createAuditBuffer(
    async (lines) => {
      if (state.away) throw new Error("away");
      for (const { subject } of lines) {
        const code = state.refused[subject];
        if (code !== undefined) throw new Problem({ code, message: `not ${subject}` });
      }
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

test("a line that is refused is dropped and counted, and holds up no other", async () => {
  const { buffer, stored, failures, state } = setUp();
  state.refused = { b: "invalid", d: "internal" };
  buffer.add(["a", "b", "c", "d", "e"].map(line));
  await buffer.flush();
  expect(stored).toEqual([["a"], ["c"], ["e"]]);
  expect(failures).toEqual([1, 1]);
  await buffer.flush();
  expect(stored).toHaveLength(3);
});

test("a log that does not work at all loses no line", async () => {
  const { buffer, stored, failures, state } = setUp();
  state.refused = { a: "internal", b: "internal" };
  buffer.add(["a", "b"].map(line));
  await expect(buffer.flush()).rejects.toThrow("not a");
  expect(failures).toEqual([]);
  state.refused = {};
  await buffer.flush();
  expect(stored).toEqual([["a", "b"]]);
});

test("lines are stored once, also when the log goes away between two parts of them", async () => {
  const { buffer, stored, state } = setUp();
  state.refused = { c: "invalid" };
  buffer.add(["a", "b", "c"].map(line));
  await buffer.flush();
  state.away = true;
  buffer.add([line("d")]);
  await expect(buffer.flush()).rejects.toThrow("away");
  state.away = false;
  await buffer.flush();
  expect(stored).toEqual([["a", "b"], ["d"]]);
});
