import { expect, test, vi } from "vitest";
import { printLine } from "./messages.ts";

test("a line that names a path with line ends and escape sequences stays one line", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  printLine("a\nRemoved: b\u001b[2J: is not JSON: …inf}\n is not a value");
  const written = write.mock.calls.map(([text]) => String(text)).join("");
  write.mockRestore();
  expect(written).toBe("a\\u{a}Removed: b\\u{1b}[2J: is not JSON: …inf}\\u{a} is not a value\n");
});
