import { expect, test } from "vitest";
import { escapeControls, plainLines, plainLog } from "./escape-controls.ts";

test.each([
  ["colours", "\u001b[31mred\u001b[0m", "red"],
  ["a title and a link", "\u001b]0;evil\u0007a\u001b]8;;http://x\u001b\\b\u001b]8;;\u001b\\", "ab"],
  ["a cleared screen", "a\u001b[2J\u001b[Hb", "ab"],
  ["a terminal that is reset", "a\u001bcb", "ab"],
  ["eight-bit sequences", "a\u009b31mb", "ab"],
  ["a progress bar", "10 %\r50 %\r100 %\ndone\n", "100 %\ndone\n"],
  ["lines of Windows", "a\r\nb\r\n", "a\nb\n"],
  ["a bell and a tab", "a\u0007\tb", "a\\u{7}\tb"],
  ["a sequence that never ends", "a\u001b", "a\\u{1b}"],
  ["a text turned around", "a\u202eb", "a\\u{202e}b"],
  ["what only looks like an escape", "a\\u{9}b", "a\\u{9}b"],
])("%s of a program cannot drive a terminal", (_, log, plain) => {
  expect(plainLog(log)).toBe(plain);
});

test("a line is made plain whole, however it arrives", async () => {
  const bytes = Buffer.from("a \u001b[31mré\u001b[0m\r50 %\rend é\nlast");
  const chunks = (async function* () {
    for (const byte of bytes) yield Buffer.from([byte]);
  })();
  let plain = "";
  for await (const lines of plainLines(chunks)) plain += lines;
  expect(plain).toBe("end é\nlast");
});

test("a file name breaks no line", () => {
  expect(escapeControls("a\nb\u001b[2J")).toBe("a\\u{a}b\\u{1b}[2J");
});
