import { expect, test } from "vitest";
import { createBoundedLog, endOf } from "./bounded-log.ts";

test("a short log is kept as it is", () => {
  const log = createBoundedLog();
  for (const text of ["one\n", "two\n"]) log.write(Buffer.from(text));
  expect(log.text()).toBe("one\ntwo\n");
});

test("a long log keeps its beginning and its end, and says what is missing", () => {
  const log = createBoundedLog();
  log.write(Buffer.from("begin\n"));
  for (let index = 0; index < 2000; index++) log.write(Buffer.from(`${String(index).padStart(999, ".")}\n`));
  log.write(Buffer.from("end\n"));
  const text = log.text();
  expect(text.length).toBeLessThan(260 * 1024);
  expect(text.startsWith("begin\n")).toBe(true);
  expect(text.endsWith("1999\nend\n")).toBe(true);
  expect(text).toMatch(/… \d+ bytes are left out …/);
});

test("a single huge chunk is bounded too", () => {
  const log = createBoundedLog();
  log.write(Buffer.alloc(10_000_000, "x"));
  expect(log.text().length).toBeLessThan(260 * 1024);
});

test("the end of a log begins with a whole line", () => {
  expect(endOf(`${"a".repeat(50)}\nthe last line\n`, 20)).toBe("the last line");
});
