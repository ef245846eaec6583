import { expect, test } from "vitest";
import { backOffMs } from "./back-off.ts";

const range = { minMs: 500, maxMs: 300_000 };

test.each([
  ["the first failure waits for the minimum", 1, 0.5, 500],
  ["the second one doubles the delay", 2, 0.5, 1_000],
  ["the third one doubles it again", 3, 0.5, 2_000],
  ["the tenth is the last below the maximum", 10, 0.5, 256_000],
  ["each further one doubles the delay", 4, 0.5, 4_000],
  ["the delay never doubles beyond the maximum", 11, 0.5, 300_000],
  ["a thousand failures are no overflow", 1_000, 0.5, 300_000],
  ["the shortest delay is half of it", 1, 0, 250],
  ["the longest delay is one and a half times of it", 4, 1, 6_000],
])("%s", (_sentence, failures, random, delay) => {
  expect(backOffMs(failures, range, () => random)).toBe(delay);
});
