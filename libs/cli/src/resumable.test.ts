import { afterEach, expect, test, vi } from "vitest";
import { resumable } from "./resumable.ts";

afterEach(() => void vi.restoreAllMocks());

test("Ctrl-C during long work says that the same command goes on, and ends with 130", async () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("exit");
  });
  const printed: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  const listeners = process.listenerCount("SIGINT");
  await resumable(async () => {
    expect(() => process.emit("SIGINT")).toThrow("exit");
  });
  expect(exit).toHaveBeenCalledWith(130);
  expect(printed.join("")).toContain("Give the same command again");
  expect(process.listenerCount("SIGINT")).toBe(listeners);
});
