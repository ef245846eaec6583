import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { together } from "./together.ts";

test("a work that fails is reported when all have ended, and ends nothing before", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  let hasEnded = false;
  const slow = sleep(20).then(() => {
    hasEnded = true;
  });
  await expect(together([Promise.reject(new Error("the first fails")), slow])).rejects.toThrow("the first fails");
  expect(hasEnded).toBe(true);
  expect(unhandled).toEqual([]);
});

test("the outcomes stand in the order of the works", async () => {
  expect(await together([sleep(5).then(() => 1), Promise.resolve("two")])).toEqual([1, "two"]);
});
