import { expect, test } from "vitest";
import { failureOf, isPassing, permanent, retryable } from "./failure.ts";

test("any other error is retryable, and keeps its cause", () => {
  const cause = new TypeError("x is not a function");
  expect(failureOf(cause)).toMatchObject({ kind: "retryable", message: "x is not a function", cause, delay: null });
  expect(failureOf("oh")).toMatchObject({ kind: "retryable", message: "oh" });
});

test("a failure of the vocabulary stays what it is", () => {
  const failure = permanent("no such subject", { event: { id: "e1" } });
  expect(failureOf(failure)).toBe(failure);
  expect(failure.event).toBe("e1");
  expect(retryable("later", { delay: 50 }).delay).toBe(50);
});

test.each([
  ["08006", true],
  ["57P01", true],
  ["53300", true],
  ["40001", true],
  ["CONNECTION_CLOSED", true],
  ["ECONNREFUSED", true],
  ["ENOTFOUND", true],
  ["40P01", true],
  ["23505", false],
  ["22P02", false],
  ["ENOENT", false],
])("an error with the code %s is passing: %s", (code, expected) => {
  expect(isPassing(Object.assign(new Error("x"), { code }))).toBe(expected);
});

test("what a handler declares is never passing, whatever caused it", () => {
  expect(isPassing(permanent("x", { cause: Object.assign(new Error(), { code: "08006" }) }))).toBe(false);
});
