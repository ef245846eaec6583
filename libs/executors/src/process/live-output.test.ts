import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLiveOutput } from "./live-output.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is written within a moment is sent together, in its order", () => {
  const sent: string[] = [];
  const output = createLiveOutput((bytes) => sent.push(bytes.toString()));
  for (const text of ["a", "b", "c"]) output.write(Buffer.from(text));
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(100);
  output.write(Buffer.from("d"));
  output.flush();
  output.flush();
  expect(sent).toEqual(["abc", "d"]);
});

test("a command that writes faster than anybody reads is cut, with the number of bytes that are left out", () => {
  const sent: Buffer[] = [];
  const output = createLiveOutput((bytes) => sent.push(bytes));
  for (let megabyte = 0; megabyte < 100; megabyte++) output.write(Buffer.alloc(2 ** 20, 0x78));
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.subarray(-50).toString()).toContain(`\n… ${100 * 2 ** 20 - 64 * 1_024} bytes are left out …\n`);
});
