import { expect, test } from "vitest";
import { exceptionOf } from "./python-traceback.ts";

const traceback = `reading
Traceback (most recent call last):
  File "/code/run.py", line 12, in <module>
    main()
  File "/code/helpers.py", line 3, in main
    ~~~~^^^^^^
KeyError: 'subject'
`;

test("the exception of a traceback, with the line that raised it", () => {
  expect(exceptionOf(traceback)).toBe("KeyError: 'subject' (helpers.py, line 3)");
});

test("of exceptions that follow from each other the last one counts, with all lines of its message", () => {
  const second = traceback.replace("KeyError: 'subject'", "ValueError: the table has\n  no rows");
  const chained = `${traceback}\nDuring handling of the above exception, another exception occurred:\n\n${second}`;
  expect(exceptionOf(chained)).toBe("ValueError: the table has\n  no rows (helpers.py, line 3)");
});

test.each([
  ["no traceback", "Error: no such file\n    at main.js:3\n"],
  ["a traceback that was cut", "Traceback (most recent call last):\n  File"],
  ["a traceback within a line", 'log: "Traceback (most recent call last):\nKeyError'],
])("%s is nothing", (_, log) => {
  expect(exceptionOf(log)).toBeNull();
});

test("a long message is cut", () => {
  const log = `Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: ${"x".repeat(1_000)}\n`;
  expect(exceptionOf(log)).toMatch(/^ValueError: x{300,400}… \(a\.py, line 1\)$/);
});
